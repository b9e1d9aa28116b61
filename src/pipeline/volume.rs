//! Volume anomalies: a pull that brought far less than earlier ones is more likely broken than true.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::ledger::pulls::Volume;
use crate::review::phrase::Phrase;

/// Smallest list whose shrinking is worth a word, and smallest flow whose drying up is.
const LEAST: u64 = 20;
/// Earlier pulls needed to know a stream's usual flow: weekends must be among them.
const USUAL: usize = 8;

/// What is suspicious about the latest pulls of some sources: a whole list that just became less than half as long, or
/// a flow under a tenth of the least seen before. `volumes` are in order of source, stream and time.
pub fn anomalies(volumes: &[Volume], sources: &BTreeSet<&str>) -> Vec<Phrase> {
    let streams = volumes.chunk_by(|a, b| (&a.source, &a.stream) == (&b.source, &b.stream));
    streams
        .filter(|pulls| sources.contains(pulls[0].source.as_str()))
        .filter_map(|pulls| shrunk(pulls).or_else(|| dried_up(pulls)))
        .collect()
}

fn shrunk(pulls: &[Volume]) -> Option<Phrase> {
    let last = pulls.last().filter(|p| p.is_whole_list)?;
    let before = pulls.iter().rev().skip(1).find(|p| p.is_whole_list)?;
    (before.rows >= LEAST && last.rows * 2 < before.rows)
        .then(|| about("late-shrunk", last).with("rows", last.rows).with("before", before.rows))
}

/// Records a day since the pull before, against the least of the pulls before that.
fn dried_up(pulls: &[Volume]) -> Option<Phrase> {
    if pulls.iter().skip(1).any(|p| p.is_whole_list) {
        return None;
    }
    let time = |volume: &Volume| volume.started_at.parse::<Timestamp>().ok().map(Timestamp::as_second);
    let flow = |pair: &[Volume]| {
        let seconds = (time(&pair[1])? - time(&pair[0])?).max(1) as u64;
        // pulls that follow within hours of each other say little
        (seconds >= 6 * 3600).then(|| pair[1].rows * 86_400 / seconds)
    };
    let (latest, earlier) = pulls.windows(2).collect::<Vec<_>>().split_last().map(|(l, e)| (flow(l), e.to_vec()))?;
    let earlier: Vec<u64> = earlier.into_iter().filter_map(flow).collect();
    let (last, least) = (latest?, *earlier.iter().min()?);
    let stream = pulls.last()?;
    (earlier.len() >= USUAL && least >= LEAST && last * 10 < least)
        .then(|| about("late-dried-up", stream).with("rows", last).with("least", least))
}

fn about(id: &str, volume: &Volume) -> Phrase {
    Phrase::of(id).with("source", volume.source.as_str()).with("stream", volume.stream.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pull(day: u32, rows: u64, is_whole_list: bool) -> Volume {
        let started_at = format!("2026-11-{day:02}T06:00:00Z");
        Volume { source: "support".into(), stream: "tickets".into(), started_at, rows, is_whole_list }
    }

    fn found(volumes: &[Volume]) -> Vec<Phrase> {
        anomalies(volumes, &BTreeSet::from(["support"]))
    }

    #[test]
    fn a_list_half_as_long_is_suspicious_once_and_an_unchanged_one_is_not() {
        let halved = [pull(1, 400, true), pull(2, 190, true)];
        assert_eq!(found(&halved).len(), 1);
        assert!(found(&[&halved[..], &[pull(3, 0, false)]].concat()).is_empty(), "it stayed so: it was meant");
        assert!(found(&[pull(1, 10, true), pull(2, 3, true)]).is_empty());
        assert!(anomalies(&halved, &BTreeSet::new()).is_empty(), "nobody reads it any more");
    }

    #[test]
    fn a_flow_that_dries_up_is_suspicious_once_its_usual_one_is_known() {
        let usual: Vec<Volume> = (1..10).map(|day| pull(day, 500 - u64::from(day), false)).collect();
        let after = |rows| found(&[usual.clone(), vec![pull(10, rows, false)]].concat());
        let told = about("late-dried-up", &pull(10, 20, false)).with("rows", 20).with("least", 491);
        assert_eq!(after(20), [told]);
        assert!(after(60).is_empty());
        assert!(found(&[pull(1, 500, false), pull(2, 0, false)]).is_empty(), "nothing is usual yet");
        let weekend = [usual.clone(), vec![pull(10, 30, false), pull(11, 12, false)]].concat();
        assert!(found(&weekend[..10]).len() == 1 && found(&weekend).is_empty(), "as few as on the Sunday before");
    }
}
