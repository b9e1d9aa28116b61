//! Volume anomalies: a pull that brought far less than earlier ones is more likely broken than true.

use jiff::Timestamp;

use crate::ledger::pulls::Volume;

/// Smallest list whose shrinking is worth a word.
const LEAST: u64 = 20;
/// Earlier pulls needed to know a stream's usual flow.
const USUAL: usize = 5;

/// What is suspicious about the latest pulls, in words: a whole list less than half as long as the one before, or a flow under
/// a tenth of its median. `volumes` are in order of source, stream and time.
pub fn anomalies(volumes: &[Volume]) -> Vec<String> {
    let streams = volumes.chunk_by(|a, b| (&a.source, &a.stream) == (&b.source, &b.stream));
    streams.filter_map(|pulls| shrunk(pulls).or_else(|| dried_up(pulls))).collect()
}

fn shrunk(pulls: &[Volume]) -> Option<String> {
    let lists: Vec<&Volume> = pulls.iter().filter(|p| p.is_whole_list).collect();
    let [.., before, last] = lists.as_slice() else { return None };
    (before.rows >= LEAST && last.rows * 2 < before.rows)
        .then(|| format!("{} {} has {} records where it had {}", last.source, last.stream, last.rows, before.rows))
}

/// Records a day since the pull before, against the median of the pulls before that.
fn dried_up(pulls: &[Volume]) -> Option<String> {
    if pulls.iter().skip(1).any(|p| p.is_whole_list) {
        return None;
    }
    let time = |volume: &Volume| volume.started_at.parse::<Timestamp>().ok().map(Timestamp::as_second);
    let mut flows: Vec<u64> = Vec::new();
    for pair in pulls.windows(2) {
        let seconds = (time(&pair[1])? - time(&pair[0])?).max(1) as u64;
        // pulls that follow within hours of each other say little
        if seconds >= 6 * 3600 {
            flows.push(pair[1].rows * 86_400 / seconds);
        }
    }
    let last = flows.pop()?;
    if flows.len() < USUAL {
        return None;
    }
    flows.sort_unstable();
    let median = flows[flows.len() / 2];
    let stream = pulls.last()?;
    (median >= LEAST && last * 10 < median)
        .then(|| format!("{} {} brought {last} records a day where {median} are usual", stream.source, stream.stream))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pull(day: u32, rows: u64, is_whole_list: bool) -> Volume {
        let started_at = format!("2026-11-{day:02}T06:00:00Z");
        Volume { source: "support".into(), stream: "tickets".into(), started_at, rows, is_whole_list }
    }

    #[test]
    fn a_list_half_as_long_is_suspicious_and_an_unchanged_one_is_not() {
        assert_eq!(anomalies(&[pull(1, 400, true), pull(2, 190, true)]).len(), 1);
        assert!(anomalies(&[pull(1, 400, true), pull(2, 0, false)]).is_empty());
        assert!(anomalies(&[pull(1, 10, true), pull(2, 3, true)]).is_empty());
    }

    #[test]
    fn a_flow_that_dries_up_is_suspicious_once_its_usual_one_is_known() {
        let usual: Vec<Volume> = (1..8).map(|day| pull(day, 500 + u64::from(day), false)).collect();
        let after = |rows| anomalies(&[usual.clone(), vec![pull(8, rows, false)]].concat());
        assert_eq!(after(20), ["support tickets brought 20 records a day where 505 are usual"]);
        assert!(after(60).is_empty());
        assert!(anomalies(&[pull(1, 500, false), pull(2, 0, false)]).is_empty(), "nothing is usual yet");
    }
}
