//! Random tickets with everything that moves their clocks, and the helpdesk's objects of what had happened by an instant.
//! Time is whole minutes since 1970, so that clocks can be counted minute by minute.

use fastrand::Rng;
use serde_json::{Value, json};

use super::store::Books;
use super::zendesk::{AGENT, BOT, CUSTOMER};

pub type Minute = i64;

/// A ticket's life.
pub struct Conversation {
    pub id: i64,
    pub opened_by: i64,
    /// Whether its first event names the group and tags it began with.
    is_told: bool,
    /// The first is its creation.
    pub steps: Vec<(Minute, Step)>,
}

#[derive(Clone, PartialEq, Debug)]
pub enum Step {
    Created(State),
    Says { author: i64, is_public: bool },
    Becomes(&'static str),
    Priority(&'static str),
    Group(i64),
    Tags(Vec<&'static str>),
    Target { metric: &'static str, instance: usize, minutes: i64, is_business: bool },
}

/// What a ticket is at an instant.
#[derive(Clone, PartialEq, Debug)]
pub struct State {
    pub status: &'static str,
    pub priority: &'static str,
    pub group: i64,
    pub tags: Vec<&'static str>,
}

impl State {
    pub fn apply(&mut self, step: &Step) {
        match step {
            Step::Created(first) => *self = first.clone(),
            Step::Becomes(status) => self.status = status,
            Step::Priority(priority) => self.priority = priority,
            Step::Group(group) => self.group = *group,
            Step::Tags(tags) => self.tags.clone_from(tags),
            Step::Says { .. } | Step::Target { .. } => {}
        }
    }
}

const PRIORITIES: [&str; 4] = ["low", "normal", "high", "urgent"];

/// A ticket that begins between two minutes.
pub fn conversation(id: i64, from: Minute, to: Minute) -> Conversation {
    let mut rng = Rng::with_seed(id as u64);
    let rng = &mut rng;
    let opened_by = if rng.u32(0..6) == 0 { AGENT } else { CUSTOMER };
    let mut state = State {
        status: if opened_by == AGENT { "open" } else { "new" },
        priority: PRIORITIES[rng.usize(0..4)],
        group: [10, 20][rng.usize(0..2)],
        tags: if rng.u32(0..5) == 0 { vec!["night"] } else { vec!["paid"] },
    };
    let mut at = rounded(rng.i64(from..to), rng);
    let mut steps = vec![(at, Step::Created(state.clone())), (at, Step::Says { author: opened_by, is_public: true })];
    // not every ticket has a target of the helpdesk's
    let has_policy = rng.u32(0..3) == 0;
    let mut instance = 1;
    if has_policy {
        steps.push((at, target(instance, rng)));
    }
    for _ in 0..rng.u32(1..14) {
        at = rounded(at + pause(rng), rng).max(at);
        let step = next(&state, rng);
        if matches!(step, Step::Says { author: CUSTOMER, .. }) && has_policy {
            instance += 1;
            steps.push((at, target(instance, rng)));
        }
        if let Step::Target { minutes, is_business, .. } = step {
            let metric = ["reply_time", "requester_wait_time"][rng.usize(0..2)];
            let instance = if metric == "reply_time" { instance } else { 1 };
            steps.push((at, Step::Target { metric, instance, minutes, is_business }));
            continue;
        }
        let before = state.clone();
        state.apply(&step);
        let is_change = before != state || matches!(step, Step::Says { .. });
        if is_change && before.status != "closed" {
            steps.push((at, step));
        } else {
            state = before;
        }
    }
    Conversation { id, opened_by, is_told: rng.bool(), steps }
}

fn pause(rng: &mut Rng) -> Minute {
    match rng.u32(0..10) {
        0..2 => rng.i64(0..5),
        2..6 => rng.i64(0..180),
        6..9 => rng.i64(0..1440),
        _ => rng.i64(1440..6000),
    }
}

/// Half of all things happen at a quarter of an hour: as an office opens, and together.
fn rounded(at: Minute, rng: &mut Rng) -> Minute {
    if rng.bool() { at / 15 * 15 } else { at }
}

fn target(instance: usize, rng: &mut Rng) -> Step {
    let minutes = [30, 60, 240, 480][rng.usize(0..4)];
    Step::Target { metric: "reply_time", instance, minutes, is_business: rng.u32(0..4) > 0 }
}

fn next(state: &State, rng: &mut Rng) -> Step {
    match rng.u32(0..100) {
        0..22 => Step::Says { author: AGENT, is_public: true },
        22..42 => Step::Says { author: CUSTOMER, is_public: true },
        42..46 => Step::Says { author: BOT, is_public: true },
        46..50 => Step::Says { author: AGENT, is_public: false },
        50..78 => Step::Becomes(match state.status {
            "solved" => ["open", "open", "pending", "closed"][rng.usize(0..4)],
            _ => ["open", "pending", "hold", "solved", "solved", "closed"][rng.usize(0..6)],
        }),
        78..86 => Step::Priority(PRIORITIES[rng.usize(0..4)]),
        86..92 => Step::Group([10, 20][rng.usize(0..2)]),
        92..95 => Step::Tags(if state.tags.contains(&"night") { vec![] } else { vec!["paid", "night"] }),
        _ => target(1, rng),
    }
}

impl Conversation {
    /// What had happened by an instant, as the helpdesk shows it then.
    pub fn file(&self, until: Minute, books: &mut Books) {
        let Some((created, Step::Created(first))) = self.steps.first() else { return };
        let seen = self.steps.iter().take_while(|(at, _)| *at <= until);
        let mut state = first.clone();
        let mut last = *created;
        for (place, (at, step)) in seen.enumerate() {
            let before = state.clone();
            state.apply(step);
            last = *at;
            let id = self.id * 1000 + place as i64 * 10;
            if let Step::Target { metric, instance, minutes, is_business } = step {
                books.add(
                    "ticket_metric_events",
                    json!({
                        "id": id, "ticket_id": self.id, "metric": metric, "instance_id": instance, "type": "apply_sla",
                        "time": utc(*at), "sla": {"target": minutes, "business_hours": is_business},
                    }),
                );
                continue;
            }
            books.add(
                "ticket_events",
                json!({
                    "id": id, "ticket_id": self.id, "timestamp": at * 60, "created_at": utc(*at), "updater_id": AGENT,
                    "event_type": "Audit", "child_events": [self.child(id, step, &before)],
                }),
            );
        }
        if *created <= until {
            books.add(
                "tickets",
                json!({
                    "id": self.id, "created_at": utc(*created), "updated_at": utc(last), "status": state.status,
                    "priority": state.priority, "type": "question", "requester_id": CUSTOMER, "submitter_id": self.opened_by,
                    "organization_id": null, "group_id": state.group, "brand_id": null, "tags": state.tags,
                    "via": {"channel": "email"},
                }),
            );
        }
    }

    fn child(&self, id: i64, step: &Step, before: &State) -> Value {
        let mut child = match step {
            Step::Created(first) if self.is_told => json!({
                "event_type": "Create", "status": first.status, "priority": first.priority, "group_id": first.group,
                "tags": first.tags,
            }),
            Step::Created(first) => json!({"event_type": "Create", "status": first.status}),
            Step::Says { author, is_public } => {
                json!({"event_type": "Comment", "public": is_public, "author_id": author})
            }
            Step::Becomes(status) => changed("status", json!(status), json!(before.status)),
            Step::Priority(priority) => changed("priority", json!(priority), json!(before.priority)),
            Step::Group(group) => changed("group_id", json!(group), json!(before.group)),
            Step::Tags(tags) => changed("tags", json!(tags), json!(before.tags)),
            Step::Target { .. } => Value::Null,
        };
        child["id"] = json!(id + 1);
        child
    }
}

fn changed(field: &str, value: Value, before: Value) -> Value {
    json!({"event_type": "Change", field: value, "previous_value": before})
}

fn utc(at: Minute) -> String {
    jiff::Timestamp::from_second(at * 60).expect("a time").to_string()
}
