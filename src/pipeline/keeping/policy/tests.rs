use jiff::ToSpan;
use proptest::prelude::*;

use super::*;
use crate::config::Age;

const DAY: i64 = 24;

fn day(n: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + (n * DAY).hours()
}

fn date(n: i64) -> String {
    day(n).strftime("%Y-%m-%d").to_string()
}

/// Batches of one stream: mode, days between pulls, and the window of each pull.
fn batches() -> impl Strategy<Value = Vec<BatchFact>> {
    let modes = prop::sample::select(vec!["merge", "versions", "append", "replace", "replace_window", "versioned"]);
    (modes, prop::collection::vec((0..9i64, 0..30i64, 1..15i64, 1..3usize), 0..25)).prop_map(|(mode, pulls)| {
        let (mut batches, mut at) = (Vec::new(), 0);
        for (pull, (gap, from, length, files)) in pulls.into_iter().enumerate() {
            at += gap;
            // a table that is merged, and now and then replaced by a new version of the whole
            let mode = match mode {
                "versioned" if from % 4 == 0 => "replace",
                "versioned" => "merge",
                mode => mode,
            };
            for _ in 0..files {
                batches.push(BatchFact {
                    batch_id: batches.len() as i64 + 1,
                    source: "s".into(),
                    manifest: "m".into(),
                    stream: "t".into(),
                    path: format!("landing/{}", batches.len()),
                    write_mode: mode.into(),
                    window: (mode == "replace_window").then(|| (date(from), date(from + length))),
                    pull_id: pull as i64,
                    rows: 1,
                    extracted_at: day(at),
                });
            }
        }
        batches
    })
}

fn editions() -> impl Strategy<Value = Vec<(EditionFact, Option<i64>)>> {
    let one = (0..3u8, 0..3u8, 0..200i64, any::<[bool; 4]>(), prop::option::of(0..50i64));
    prop::collection::vec(one, 0..20).prop_map(|rows| {
        let mut editions: Vec<(EditionFact, Option<i64>)> = Vec::new();
        for (index, (report, period, at, flags, last_batch)) in rows.into_iter().enumerate() {
            let (report, period) = (format!("r{report}"), format!("p{period}"));
            let number = editions.iter().filter(|(e, _)| e.report == report && e.period == period).count() as u32 + 1;
            let [is_mailed, is_unsettled, is_published, is_correction] = flags;
            let path = format!("archive/{report}/{period}/{number}");
            editions.push((
                EditionFact {
                    edition_id: index as i64,
                    report,
                    period,
                    number,
                    path,
                    created_at: day(at),
                    bytes: 1,
                    is_mailed: is_mailed && is_published,
                    is_unsettled: is_unsettled && is_correction,
                    is_published: is_published && is_mailed,
                    is_correction: is_correction && is_unsettled,
                },
                last_batch,
            ));
        }
        editions
    })
}

fn mails() -> impl Strategy<Value = Vec<MailFact>> {
    let state = prop::sample::select(vec!["pending", "sending", "sent", "failed", "uncertain"]);
    prop::collection::vec((state, 0..200i64), 0..20).prop_map(|rows| {
        let fact = |(id, (state, at)): (usize, (&str, i64))| MailFact {
            delivery_id: id as i64,
            state: state.into(),
            updated_at: day(at),
            bytes: 1,
        };
        rows.into_iter().enumerate().map(fact).collect()
    })
}

fn rows() -> impl Strategy<Value = Vec<RowFact>> {
    prop::collection::vec((0..200i64, any::<bool>()), 0..10).prop_map(|rows| {
        let fact =
            |(id, (at, is_needed)): (usize, (i64, bool))| RowFact { id: id as i64, at: day(at), is_needed, bytes: 0 };
        rows.into_iter().enumerate().map(fact).collect()
    })
}

fn inventory() -> impl Strategy<Value = Inventory> {
    (batches(), editions(), mails(), rows(), rows()).prop_map(|(batches, editions, mails, runs, quarantine)| {
        Inventory {
            batches,
            editions,
            mails,
            history: vec![(History::Runs, runs), (History::Quarantine, quarantine)],
            dry_runs: vec![("r/p".into(), day(40), 1)],
        }
    })
}

fn keep() -> impl Strategy<Value = Keep> {
    let age = prop_oneof![Just(Age::Forever), (1..90u32).prop_map(Age::Days)];
    [age.clone(), age.clone(), age.clone(), age.clone(), age.clone(), age].prop_map(
        |[landing, editions, mail_bytes, runs, quarantine, dry_runs]| Keep {
            landing,
            editions,
            mail_bytes,
            runs,
            quarantine,
            dry_runs,
        },
    )
}

/// What a load of these batches up to `last` leaves, by the rules of the warehouse: the batch each day comes from (`replace`:
/// day 0), and every batch of the other modes.
fn loaded(batches: &[BatchFact], last: i64, without: &BTreeSet<i64>) -> BTreeMap<String, BTreeSet<i64>> {
    let mut state: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
    let mut pull = -1;
    for batch in batches.iter().filter(|b| b.batch_id <= last && !without.contains(&b.batch_id)) {
        let is_new = batch.pull_id != pull;
        pull = batch.pull_id;
        let days: Vec<String> = match (batch.write_mode.as_str(), &batch.window) {
            ("replace", _) => {
                if is_new {
                    state.clear();
                }
                vec!["all".into()]
            }
            ("replace_window", Some((from, to))) => (0..60).map(date).filter(|d| from <= d && d < to).collect(),
            _ => vec![batch.batch_id.to_string()],
        };
        for day in days {
            let of_day = state.entry(day).or_default();
            if is_new {
                of_day.clear();
            }
            of_day.insert(batch.batch_id);
        }
    }
    state
}

proptest! {
    #[test]
    fn what_a_rebuild_or_a_replay_reads_never_goes(there in inventory(), keep in keep(), now in 0..400i64) {
        let going = going(&there, &keep, day(now));
        let kept = there.editions.iter().filter(|(e, _)| !going.editions.contains(&e.edition_id));
        for last in kept.filter_map(|(_, last)| *last).chain([i64::MAX]) {
            let whole = loaded(&there.batches, last, &BTreeSet::new());
            prop_assert_eq!(&loaded(&there.batches, last, &going.batches), &whole, "as known at batch {}", last);
        }
    }

    #[test]
    fn the_latest_edition_and_one_that_readers_hold_never_go(there in inventory(), keep in keep(), now in 0..400i64) {
        let going = going(&there, &keep, day(now));
        for (edition, _) in there.editions.iter().filter(|(e, _)| going.editions.contains(&e.edition_id)) {
            let is_followed = there.editions.iter().any(|(later, _)| {
                (&later.report, &later.period) == (&edition.report, &edition.period)
                    && later.number > edition.number
                    && !going.editions.contains(&later.edition_id)
            });
            prop_assert!(is_followed);
            prop_assert!(!edition.is_mailed && !edition.is_unsettled && !edition.is_published && !edition.is_correction);
        }
    }

    #[test]
    fn bytes_that_may_still_be_sent_never_go(there in inventory(), keep in keep(), now in 0..400i64) {
        let going = going(&there, &keep, day(now));
        for mail in there.mails.iter().filter(|m| going.mails.contains(&m.delivery_id)) {
            prop_assert!(mail.state == "sent" || mail.state == "failed");
        }
    }

    #[test]
    fn the_later_it_is_asked_the_more_goes(there in inventory(), keep in keep(), now in 0..300i64, later in 0..300i64) {
        let (first, then) = (going(&there, &keep, day(now)), going(&there, &keep, day(now + later)));
        prop_assert!(first.batches.is_subset(&then.batches));
        prop_assert!(first.editions.is_subset(&then.editions));
        prop_assert!(first.mails.is_subset(&then.mails));
        prop_assert!(first.dry_runs.is_subset(&then.dry_runs));
        for (first, then) in first.history.iter().zip(&then.history) {
            prop_assert!(first.is_subset(then));
        }
    }

    #[test]
    fn what_was_removed_once_is_not_missed_by_the_next(there in inventory(), keep in keep(), now in 0..300i64, later in 0..300i64) {
        // removing at `now` and then at `now + later` leaves what a rebuild and every kept replay read
        let first = going(&there, &keep, day(now));
        let mut left = there.clone();
        left.batches.retain(|b| !first.batches.contains(&b.batch_id));
        left.editions.retain(|(e, _)| !first.editions.contains(&e.edition_id));
        let then = going(&left, &keep, day(now + later));
        let gone = first.batches.union(&then.batches).copied().collect();
        let kept = left.editions.iter().filter(|(e, _)| !then.editions.contains(&e.edition_id));
        for last in kept.filter_map(|(_, last)| *last).chain([i64::MAX]) {
            prop_assert_eq!(&loaded(&there.batches, last, &gone), &loaded(&there.batches, last, &BTreeSet::new()));
        }
    }
}
