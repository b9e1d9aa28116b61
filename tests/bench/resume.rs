//! A long pull that is killed again and again, told kill by kill.

use std::collections::HashSet;
use std::process::Stdio;
use std::time::Duration;

use bizreview::extract::Outcome;

use crate::support::wire::Asked;
use crate::support::world::{Kind, Scene, World};

const ROWS: u64 = 20_000;
const PAGE: usize = 50;

/// Kills the binary at so many random instants of one walk, prints what each kill left and where the next one went on; whether
/// all is there once at the end.
pub fn trace(kind: Kind, kills: usize, seed: u64) -> bool {
    let mut random = fastrand::Rng::with_seed(seed);
    let scene = Scene::with(kind, World::of(ROWS, PAGE), ", file_rows = 200", Box::new(|_, reply| reply));
    scene.lone.edit("manifests/m.toml", "pages = 40", "pages = 5000");
    println!("{kind:?}: {ROWS} records in pages of {PAGE}, a checkpoint every 200 records; {kills} kills, seed {seed}");
    println!(
        "{:>4} {:>9} {:>8} {:>10} {:>10} {:>10} {:>9}  cursor after it",
        "kill", "requests", "reached", "committed", "listed", "resumed at", "repeated"
    );
    let mut before: HashSet<Vec<(String, String)>> = HashSet::new();
    for kill in 1..=kills {
        let from = scene.wire.asked().len();
        let target = from + random.usize(1..=26);
        let mut command = scene.lone.command(&["pull"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let until = std::time::Instant::now() + Duration::from_mins(1);
        while scene.wire.asked().len() < target
            && child.try_wait().unwrap().is_none()
            && until > std::time::Instant::now()
        {
            std::thread::sleep(Duration::from_micros(200));
        }
        std::thread::sleep(Duration::from_micros(random.u64(0..12_000)));
        let is_hit = child.try_wait().unwrap().is_none();
        child.kill().unwrap();
        child.wait().unwrap();
        tell(&scene, &mut before, from, kill, is_hit);
    }
    let from = scene.wire.asked().len();
    let last = scene.pull();
    tell(&scene, &mut before, from, 0, false);
    let (known, truth) = (scene.known(), scene.truth());
    let ids: HashSet<&String> = known.iter().map(|(id, _)| id).collect();
    let lost = truth.iter().filter(|(id, _)| !ids.contains(id)).count();
    let landed = scene.lone.landed("list").len();
    println!(
        "served {}, landed {landed}, known {}; {lost} lost, {} doubled, {} landed twice; then {:?}",
        truth.len(),
        known.len(),
        known.len() - ids.len(),
        landed - ids.len(),
        scene.lone.pull_at("2026-03-11T12:00:00Z", false).pop().map(|outcome| (
            outcome.result,
            outcome.rows,
            outcome.requests
        )),
    );
    last.result == Outcome::Ok && known == truth && landed == truth.len()
}

fn tell(scene: &Scene, before: &mut HashSet<Vec<(String, String)>>, from: usize, kill: usize, is_hit: bool) {
    let asked: Vec<Asked> = scene.wire.asked().split_off(from);
    let place = |asked: Option<&Asked>| asked.and_then(|a| a.param("after")).unwrap_or("the top").to_owned();
    let repeated = asked.iter().filter(|asked| before.contains(&asked.query)).count();
    before.extend(asked.iter().map(|asked| asked.query.clone()));
    let ledger = scene.lone.ledger();
    let committed: u64 = ledger.batches("m", "list").unwrap().iter().map(|batch| batch.rows).sum();
    let parts: u64 = ledger.parts("s", "list").unwrap().iter().map(|part| part.rows).sum();
    let cursor: serde_json::Value =
        serde_json::from_str(&ledger.cursor("s", "list").unwrap().unwrap_or_else(|| "{}".into())).unwrap();
    let short = serde_json::json!({
        "committed_through": cursor["newest"],
        "walk": cursor["walk"].as_object().map(|walk| serde_json::json!({"upper": walk["newest"], "resume": walk["resume"]})),
    });
    let name = if kill == 0 { "end".to_owned() } else { kill.to_string() };
    println!(
        "{name:>4} {:>9} {:>8} {:>10} {:>10} {:>10} {repeated:>9}  {short}{}",
        asked.len(),
        place(asked.last()),
        committed,
        committed + parts,
        place(asked.first()),
        if is_hit || kill == 0 { "" } else { "  (it had ended)" },
    );
}
