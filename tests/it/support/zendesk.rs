//! Helpdesk objects as Zendesk's exports send them: tickets with what happened to them, in local time.

use serde_json::{Value, json};

use super::store::Books;
use super::stripe::at;

pub const AGENT: i64 = 9001;
pub const BOT: i64 = 9100;
pub const CUSTOMER: i64 = 501;

fn utc(local: &str) -> String {
    jiff::Timestamp::from_second(at(local)).expect("a time").to_string()
}

/// A ticket and its audits, to be put into the books by [`Ticket::file`].
pub struct Ticket {
    json: Value,
    audits: Vec<Value>,
}

/// A ticket the customer opens with a public comment.
pub fn ticket(id: i64, local: &str) -> Ticket {
    opened_by(id, local, CUSTOMER)
}

/// A ticket somebody opens for the customer, with a public comment of theirs.
pub fn opened_by(id: i64, local: &str, author: i64) -> Ticket {
    let ticket = Ticket {
        json: json!({
            "id": id, "created_at": utc(local), "updated_at": utc(local), "status": "new", "priority": "normal",
            "type": "question", "requester_id": CUSTOMER, "submitter_id": author, "organization_id": null,
            "group_id": null, "brand_id": null, "tags": [], "via": {"channel": "email"},
        }),
        audits: vec![],
    };
    let comment = comment(author, true);
    ticket.audit(local, author, vec![json!({"event_type": "Create", "status": "new", "priority": "normal"}), comment])
}

fn comment(author: i64, is_public: bool) -> Value {
    json!({"event_type": "Comment", "type": "Comment", "public": is_public, "author_id": author})
}

impl Ticket {
    fn audit(mut self, local: &str, updater: i64, children: Vec<Value>) -> Ticket {
        let id = self.json["id"].as_i64().expect("an id") * 1000 + self.audits.len() as i64 * 10;
        let children: Vec<Value> = children
            .into_iter()
            .enumerate()
            .map(|(i, mut child)| {
                child["id"] = json!(id + 1 + i as i64);
                child
            })
            .collect();
        self.audits.push(json!({
            "id": id, "ticket_id": self.json["id"], "timestamp": at(local), "created_at": utc(local),
            "updater_id": updater, "event_type": "Audit", "child_events": children,
        }));
        self.json["updated_at"] = json!(utc(local));
        self
    }

    /// A public comment.
    pub fn says(self, local: &str, author: i64) -> Ticket {
        self.audit(local, author, vec![comment(author, true)])
    }

    /// A comment among agents.
    pub fn notes(self, local: &str, author: i64) -> Ticket {
        self.audit(local, author, vec![comment(author, false)])
    }

    /// A change of status by an agent.
    pub fn becomes(mut self, local: &str, status: &str) -> Ticket {
        let before = std::mem::replace(&mut self.json["status"], json!(status));
        self.audit(local, AGENT, vec![json!({"event_type": "Change", "status": status, "previous_value": before})])
    }

    /// A change of a field by an agent: `priority`, `group_id`, `brand_id`, `tags`, …
    pub fn changes(mut self, local: &str, field: &str, value: Value) -> Ticket {
        let before = std::mem::replace(&mut self.json[field], value.clone());
        self.audit(local, AGENT, vec![json!({"event_type": "Change", field: value, "previous_value": before})])
    }

    /// A field it is created with.
    pub fn with(mut self, field: &str, value: Value) -> Ticket {
        self.audits[0]["child_events"][0][field] = value.clone();
        self.set(field, value)
    }

    /// Any field of the ticket as it is shown, without a trace of when it became so.
    pub fn set(mut self, field: &str, value: Value) -> Ticket {
        self.json[field] = value;
        self
    }

    pub fn file(self, books: &mut Books) {
        books.add("tickets", self.json);
        for audit in self.audits {
            books.add("ticket_events", audit);
        }
    }
}

impl Books {
    /// The people of the tests: an agent, a bot and a customer.
    pub fn people(&mut self) -> &mut Books {
        for (id, role) in [(AGENT, "agent"), (BOT, "agent"), (CUSTOMER, "end-user")] {
            self.add(
                "users",
                json!({"id": id, "role": role, "organization_id": null, "updated_at": utc("2025-01-01")}),
            );
        }
        self
    }

    /// A helpdesk schedule in Berlin: `(weekday from Sunday = 0, from hour, to hour)`.
    pub fn schedule(&mut self, hours: &[(i64, i64, i64)]) -> &mut Books {
        let intervals: Vec<Value> = hours
            .iter()
            .map(|(day, from, to)| json!({"start_time": day * 1440 + from * 60, "end_time": day * 1440 + to * 60}))
            .collect();
        self.schedule_in(7, "Berlin", intervals)
    }

    /// A helpdesk schedule in a zone as the helpdesk names it.
    pub fn schedule_in(&mut self, id: i64, zone: &str, intervals: Vec<Value>) -> &mut Books {
        self.add("schedules", json!({"id": id, "name": "Hours", "time_zone": zone, "intervals": intervals}));
        self
    }

    pub fn holiday(&mut self, day: &str) -> &mut Books {
        self.holiday_of(7, day)
    }

    /// A holiday of one schedule only.
    pub fn holiday_of(&mut self, schedule: i64, day: &str) -> &mut Books {
        let id = schedule * 100 + 1;
        let holiday = json!({"id": id, "schedule_id": schedule, "name": "Holiday", "start_date": day, "end_date": day});
        self.add("holidays", holiday);
        self
    }

    /// A target the helpdesk applies to a clock, in minutes of its business hours.
    pub fn applies(&mut self, ticket: i64, metric: &str, instance: i64, local: &str, minutes: i64) -> &mut Books {
        let id = self.count("ticket_metric_events") + 1;
        self.add(
            "ticket_metric_events",
            json!({
                "id": id, "ticket_id": ticket, "metric": metric, "instance_id": instance, "type": "apply_sla",
                "time": utc(local), "sla": {"target": minutes, "target_in_seconds": minutes * 60, "business_hours": true},
            }),
        );
        self
    }

    pub fn rating(&mut self, id: i64, ticket: i64, score: &str, local: &str) -> &mut Books {
        let rated = utc(local);
        self.add(
            "satisfaction_ratings",
            json!({"id": id, "ticket_id": ticket, "score": score, "created_at": rated, "updated_at": rated}),
        );
        self
    }
}
