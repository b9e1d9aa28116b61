//! Records that a reader could not say truthfully: what is kept of them is text for people, and no retry lands it.

use std::sync::Arc;

use arrow_array::{Float64Array, Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use bizreview::extract::Outcome;
use parquet::arrow::ArrowWriter;

use crate::support::company::said;
use crate::support::lone::Lone;

fn parquet(rates: Vec<f64>) -> Vec<u8> {
    let fields = vec![Field::new("id", DataType::Int64, false), Field::new("rate", DataType::Float64, true)];
    let ids = Int64Array::from_iter_values(1..=rates.len() as i64);
    let schema = Arc::new(Schema::new(fields));
    let batch =
        RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(ids), Arc::new(Float64Array::from(rates))]).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), schema, None).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn what_no_column_can_hold_is_not_landed_as_text_by_a_retry() {
    let lone = Lone::new("http://127.0.0.1:9", "", "");
    lone.write(
        "manifests/m.toml",
        "name = \"m\"\nkind = \"files\"\n[[streams]]\nname = \"list\"\npath = \"list.parquet\"\nkey = [\"/id\"]\nwrite = \"merge\"\n",
    );
    let source = "base_url = \"http://127.0.0.1:9\"\ntoken = { env = \"M_TOKEN\" }\n";
    lone.edit("bizreview.toml", source, "directory = \"data\"\n");
    std::fs::create_dir_all(lone.folder.join("data")).unwrap();
    let path = lone.folder.join("data/list.parquet");
    std::fs::write(&path, parquet(vec![0.5, f64::NAN, f64::INFINITY])).unwrap();
    let outcome = lone.pull();
    assert_eq!((&outcome.result, outcome.rows, outcome.quarantined), (&Outcome::Ok, 1, 2));
    said(&mut lone.command(&["quarantine", "retry"])).exits(1).prints(&[
        "s list: 0 landed",
        "still set aside: 1 (/rate is NaN, which is no number; only reading it anew mends that)",
        "still set aside: 1 (/rate is inf, which is no number; only reading it anew mends that)",
    ]);
    assert_eq!(lone.known("list").len(), 1);
    // read anew it is over
    std::fs::write(&path, parquet(vec![0.5, 0.25, f64::INFINITY])).unwrap();
    assert_eq!(lone.pull().quarantined, 1);
    said(&mut lone.command(&["quarantine"])).exits(0).prints(&["1 records"]);
}
