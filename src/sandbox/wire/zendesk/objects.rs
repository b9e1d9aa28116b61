//! Zendesk's objects as of an instant.

use serde_json::{Map, Value, json};

use super::super::{
    super::{
        simulate::{
            Company,
            accounts::OrgLink,
            support::{Audit, Author, Priority, Rating, Status, Ticket},
        },
        time::{DAY, Secs, iso},
    },
    join,
};

const POLICY: i64 = 25_000_000_001;
const BOT: i64 = 9_100;
/// The one schedule.
pub const SCHEDULE: i64 = 31_000_000_001;

/// Renders records of the help desk.
#[derive(Debug, Clone, Copy)]
pub struct Render<'a> {
    pub company: &'a Company,
    pub base: &'a str,
    pub now: Secs,
}

/// A person of the help desk.
#[derive(Debug, Clone, Copy)]
pub enum User {
    Agent(usize),
    Bot,
    /// One of an account's people, or a stranger.
    Customer(Option<usize>, usize),
}

/// The id of one of an account's people.
pub fn customer_id(account: Option<usize>, person: usize) -> i64 {
    500_000 + account.map_or(0, |account| (account as i64 + 1) * 10) + person as i64
}

/// The author's id; the system's is -1.
pub fn author_id(ticket: &Ticket, author: Author) -> i64 {
    match author {
        Author::Requester => customer_id(ticket.account, ticket.person),
        Author::Agent(agent) => 9_000 + agent as i64,
        Author::Bot => BOT,
        Author::System => -1,
    }
}

/// The id of a group, by its position.
pub fn group_id(group: usize) -> i64 {
    36_000_000 + group as i64
}

impl Render<'_> {
    /// Every person with the time of joining, ordered by it.
    pub fn users(&self) -> Vec<(Secs, i64, User)> {
        let born = self.company.world.born;
        let mut users: Vec<(Secs, i64, User)> =
            (0..self.company.support.agents).map(|agent| (born, 9_000 + agent as i64, User::Agent(agent))).collect();
        users.push((born, BOT, User::Bot));
        users.extend((0..3).map(|person| (born, customer_id(None, person), User::Customer(None, person))));
        for (number, account) in self.company.accounts.iter().enumerate() {
            let user =
                |person| (account.joined, customer_id(Some(number), person), User::Customer(Some(number), person));
            users.extend((0..3).map(user));
        }
        users.sort_by_key(|(at, id, _)| (*at, *id));
        users
    }

    /// A person.
    pub fn user(&self, since: Secs, id: i64, user: User) -> Value {
        let (name, email, role, account) = match user {
            User::Agent(agent) => {
                (format!("Agent {}", agent + 1), format!("agent{}@northwind-support.example", agent + 1), "agent", None)
            }
            User::Bot => ("Northwind Bot".to_owned(), "bot@northwind-support.example".to_owned(), "agent", None),
            User::Customer(account, person) => {
                let domain =
                    account.map_or("freemail.example", |account| self.company.accounts[account].domain.as_str());
                (format!("User {person}"), format!("user{person}@{domain}"), "end-user", account)
            }
        };
        let organization = account.map(|account| self.company.accounts[account].org_id);
        let tags = if matches!(user, User::Bot) { json!(["bot"]) } else { json!([]) };
        join(
            json!({
                "id": id, "url": format!("{}/api/v2/users/{id}.json", self.base), "name": name, "email": email,
                "created_at": iso(since), "updated_at": iso(since), "active": true, "alias": null, "chat_only": false,
                "custom_role_id": null, "default_group_id": (role == "agent").then(|| group_id(0)), "details": "", "external_id": null,
                "iana_time_zone": self.company.world.zone.iana_name().unwrap_or("UTC"), "last_login_at": null, "locale": "en-US",
                "locale_id": 1, "moderator": role == "agent"
            }),
            json!({
                "notes": "", "only_private_comments": false,
                "organization_id": organization, "permanently_deleted": false, "phone": null, "photo": null, "report_csv": false, "restricted_agent": false,
                "role": role, "role_type": null, "shared": false, "shared_agent": false, "shared_phone_number": null, "signature": null,
                "suspended": false, "tags": tags, "ticket_restriction": null, "time_zone": super::rails_zone(self.company),
                "two_factor_auth_enabled": false, "user_fields": {}, "verified": true
            }),
        )
    }

    /// An account's organisation.
    pub fn organization(&self, account: usize) -> Value {
        let account = &self.company.accounts[account];
        let external = (account.org == OrgLink::ExternalId).then_some(&account.customer);
        let domains = if account.org == OrgLink::Domain { json!([account.domain]) } else { json!([]) };
        json!({
            "id": account.org_id, "url": format!("{}/api/v2/organizations/{}.json", self.base, account.org_id), "name": account.name,
            "created_at": iso(account.joined), "updated_at": iso(account.joined), "details": "", "domain_names": domains,
            "external_id": external, "group_id": null, "notes": "", "organization_fields": {}, "shared_comments": false,
            "shared_tickets": false, "tags": []
        })
    }

    /// A group of agents.
    pub fn group(&self, group: usize) -> Value {
        let born = iso(self.company.world.born);
        json!({
            "id": group_id(group), "url": format!("{}/api/v2/groups/{}.json", self.base, group_id(group)),
            "name": (["Customer Support", "Technical Support"][group]), "created_at": born, "updated_at": born, "default": group == 0,
            "deleted": false, "description": "", "is_public": true
        })
    }

    /// A ticket as of now; `None` before it exists.
    pub fn ticket(&self, ticket: &Ticket, with_metrics: bool) -> Option<Value> {
        let seen = ticket.seen(self.now);
        let last = seen.last()?;
        let status = seen.iter().rev().find_map(|audit| audit.status)?;
        let requester = customer_id(ticket.account, ticket.person);
        let organization = ticket.account.map(|account| self.company.accounts[account].org_id);
        let assigned = seen.iter().any(|audit| matches!(audit.author, Author::Agent(_)));
        let rating = seen.iter().rev().find(|audit| audit.rating.is_some());
        let satisfaction = match rating.and_then(|audit| audit.rating.map(|rating| (audit, rating))) {
            None => json!({"score": "unoffered"}),
            Some((_, Rating::Offered)) => json!({"score": "offered"}),
            Some((audit, Rating::Good)) => json!({"score": "good", "id": audit.id + 7, "comment": null}),
            Some((audit, Rating::Bad)) => {
                json!({"score": "bad", "id": audit.id + 7, "comment": null, "reason": "No reason provided"})
            }
        };
        let mut value = join(
            json!({
                "id": ticket.id, "url": format!("{}/api/v2/tickets/{}.json", self.base, ticket.id), "created_at": iso(ticket.created),
                "updated_at": iso(last.at), "generated_timestamp": last.at, "allow_attachments": true, "allow_channelback": false,
                "assignee_id": assigned.then(|| 9_000 + ticket.assignee as i64), "brand_id": 41_000_000 + ticket.brand as i64,
                "collaborator_ids": [], "custom_fields": [], "custom_status_id": 70_000 + status as i64,
                "description": ticket.subject, "due_at": null, "email_cc_ids": [], "encoded_id": format!("N{}-W", ticket.id),
                "external_id": null, "fields": [], "follower_ids": []
            }),
            json!({
                "followup_ids": [], "forum_topic_id": null,
                "from_messaging_channel": false, "group_id": group_id(ticket.group), "has_incidents": false, "is_public": true,
                "organization_id": organization, "priority": ticket.priority.name(), "problem_id": null, "raw_subject": ticket.subject,
                "recipient": null, "requester_id": requester, "satisfaction_rating": satisfaction, "sharing_agreement_ids": [],
                "status": status.name(), "subject": ticket.subject, "submitter_id": author_id(ticket, ticket.audits[0].author),
                "support_type": "agent", "tags": ticket.tags, "ticket_form_id": 50_000_001, "type": ticket.kind, "via": via(ticket.channel)
            }),
        );
        if with_metrics {
            value["metric_set"] = self.metric_set(ticket, seen, status);
        }
        Some(value)
    }

    fn metric_set(&self, ticket: &Ticket, seen: &[Audit], status: Status) -> Value {
        let hours = &self.company.world.hours;
        let minutes = |until: Option<Secs>| match until {
            Some(at) => {
                json!({"calendar": (at - ticket.created) / 60, "business": hours.elapsed(ticket.created, at) / 60})
            }
            None => json!({"calendar": null, "business": null}),
        };
        let is_reply = |audit: &&Audit| matches!(audit.author, Author::Agent(_)) && audit.comment == Some(true);
        let replies = seen.iter().filter(is_reply).count().saturating_sub(usize::from(ticket.by_agent()));
        let first = seen.iter().filter(is_reply).nth(usize::from(ticket.by_agent())).map(|audit| audit.at);
        let solves: Vec<Secs> =
            seen.iter().filter(|audit| audit.status == Some(Status::Solved)).map(|audit| audit.at).collect();
        let settled = matches!(status, Status::Solved | Status::Closed);
        let solved = solves.last().copied().filter(|_| settled);
        let wait = |counts: &dyn Fn(Status) -> bool| {
            let spans = super::super::super::simulate::clocks::spans(ticket, counts);
            let (mut calendar, mut business) = (0, 0);
            for (from, to) in spans.into_iter().filter(|(from, _)| *from <= self.now) {
                let to = to.unwrap_or(self.now).min(self.now);
                calendar += to - from;
                business += hours.elapsed(from, to);
            }
            if settled { json!({"calendar": calendar / 60, "business": business / 60}) } else { minutes(None) }
        };
        let updated =
            |by: fn(Author) -> bool| seen.iter().rev().find(|audit| by(audit.author)).map(|audit| iso(audit.at));
        let assigned = seen.iter().find(|audit| matches!(audit.author, Author::Agent(_))).map(|audit| iso(audit.at));
        json!({
            "id": ticket.id + 900_000, "ticket_id": ticket.id, "url": format!("{}/api/v2/ticket_metrics/{}.json", self.base, ticket.id + 900_000),
            "created_at": iso(ticket.created), "updated_at": seen.last().map(|audit| iso(audit.at)),
            "agent_wait_time_in_minutes": wait(&|status| status == Status::Pending), "assigned_at": assigned,
            "assignee_stations": usize::from(assigned.is_some()), "assignee_updated_at": updated(|by| matches!(by, Author::Agent(_))),
            "custom_status_updated_at": seen.last().map(|audit| iso(audit.at)), "first_resolution_time_in_minutes": minutes(solves.first().copied()),
            "full_resolution_time_in_minutes": minutes(solved), "group_stations": 1, "initially_assigned_at": assigned,
            "latest_comment_added_at": seen.iter().rev().find(|audit| audit.comment.is_some()).map(|audit| iso(audit.at)),
            "on_hold_time_in_minutes": wait(&|status| status == Status::Hold), "reopens": solves.len().saturating_sub(1), "replies": replies,
            "reply_time_in_minutes": minutes(first), "reply_time_in_seconds": {"calendar": first.map(|at| at - ticket.created)},
            "requester_updated_at": updated(|by| by == Author::Requester),
            "requester_wait_time_in_minutes": wait(&|status| matches!(status, Status::New | Status::Open | Status::Hold)),
            "solved_at": solved.map(iso), "status_updated_at": seen.iter().rev().find(|audit| audit.status.is_some()).map(|audit| iso(audit.at))
        })
    }

    /// An update of a ticket with its child events; comments in full if asked for.
    pub fn ticket_event(&self, ticket: &Ticket, position: usize, with_comments: bool) -> Value {
        let audit = &ticket.audits[position];
        let before = ticket.audits[..position].iter().rev().find_map(|earlier| earlier.status);
        let via_name = match (audit.author, ticket.channel) {
            (Author::System, _) => "Rule",
            (_, "email") => "Mail",
            (_, "chat") => "Chat",
            (_, "voice") => "Voice",
            _ => "Web form",
        };
        let author = author_id(ticket, audit.author);
        let mut children: Vec<Value> = Vec::new();
        let mut child = |fields: Value| {
            let mut event = Map::new();
            event.insert("id".to_owned(), json!(audit.id + 1 + children.len() as i64));
            event.insert("via".to_owned(), json!(via_name));
            event.insert("via_reference_id".to_owned(), Value::Null);
            if let Value::Object(fields) = fields {
                event.extend(fields);
            }
            children.push(Value::Object(event));
        };
        match audit.comment {
            Some(public) if with_comments => child(json!({
                "via": via(ticket.channel), "type": "Comment", "author_id": author, "body": "(text)", "html_body": "<div class=\"zd-comment\">(text)</div>",
                "plain_body": "(text)", "public": public, "attachments": [], "audit_id": audit.id, "created_at": iso(audit.at), "event_type": "Comment"
            })),
            Some(public) => child(json!({"comment_present": true, "comment_public": public, "event_type": "Comment"})),
            None => {}
        }
        if position == 0 {
            let organization = ticket.account.map(|account| self.company.accounts[account].org_id);
            let created = [
                ("subject", json!(ticket.subject)),
                ("requester_id", json!(customer_id(ticket.account, ticket.person))),
                ("organization_id", json!(organization)),
                ("group_id", json!(group_id(ticket.group))),
                ("brand_id", json!(41_000_000 + ticket.brand as i64)),
                ("priority", json!(ticket.priority.name())),
                ("type", json!(ticket.kind)),
                ("tags", json!(ticket.tags)),
                ("status", json!(ticket.audits[0].status.map(Status::name))),
            ];
            for (field, value) in created {
                child(json!({field: value, "event_type": "Create"}));
            }
        } else if let Some(status) = audit.status {
            child(json!({"status": status.name(), "event_type": "Change", "previous_value": before.map(Status::name)}));
        }
        if let Some(rating) = audit.rating {
            let (score, before) = match rating {
                Rating::Offered => ("offered", "unoffered"),
                Rating::Good => ("good", "offered"),
                Rating::Bad => ("bad", "offered"),
            };
            child(json!({"satisfaction_score": score, "event_type": "Change", "previous_value": before}));
        }
        json!({
            "id": audit.id, "ticket_id": ticket.id, "timestamp": audit.at, "created_at": iso(audit.at), "updater_id": author,
            "via": via_name, "system": {"client": null, "location": null, "latitude": null, "longitude": null}, "metadata": {},
            "event_type": "Audit", "child_events": children
        })
    }

    /// A satisfaction rating, if the update carries one.
    pub fn rating(&self, ticket: &Ticket, audit: &Audit) -> Option<Value> {
        let score = match audit.rating? {
            Rating::Offered => "offered",
            Rating::Good => "good",
            Rating::Bad => "bad",
        };
        let id = audit.id + 7;
        let mut rating = json!({
            "id": id, "url": format!("{}/api/v2/satisfaction_ratings/{id}.json", self.base), "assignee_id": 9_000 + ticket.assignee as i64,
            "comment": null, "created_at": iso(audit.at), "updated_at": iso(audit.at), "group_id": group_id(ticket.group),
            "requester_id": customer_id(ticket.account, ticket.person), "score": score, "ticket_id": ticket.id
        });
        // Only who was dissatisfied is asked why.
        if score == "bad" {
            rating["reason"] = json!("No reason provided");
            rating["reason_code"] = json!(0);
        }
        Some(rating)
    }

    /// The SLA policy with its targets by priority.
    pub fn policy(&self) -> Value {
        let born = iso(self.company.world.born);
        type Target = fn(Priority) -> i64;
        let targets: [(&str, Target); 4] = [
            ("first_reply_time", Priority::first_reply),
            ("next_reply_time", Priority::next_reply),
            ("requester_wait_time", Priority::requester_wait),
            ("agent_work_time", Priority::agent_work),
        ];
        let metrics: Vec<Value> = targets.iter().flat_map(|(metric, target)| {
            Priority::ALL.map(|priority| json!({
                "priority": priority.name(), "metric": metric, "target": target(priority), "target_in_seconds": target(priority) * 60,
                "business_hours": true
            }))
        }).collect();
        json!({
            "id": POLICY, "url": format!("{}/api/v2/slas/policies/{POLICY}.json", self.base), "title": "Everyone",
            "description": "All tickets, in business hours", "position": 1, "filter": {"all": [], "any": []},
            "policy_metrics": metrics, "created_at": born, "updated_at": born
        })
    }

    /// The policy as metric events show it.
    pub fn applied(target: i64) -> Value {
        json!({
            "target": target, "target_in_seconds": target * 60, "business_hours": true,
            "policy": {"id": POLICY, "title": "Everyone", "description": "All tickets, in business hours"}
        })
    }

    /// The schedule: minutes from Sunday midnight.
    pub fn schedule(&self) -> Value {
        let born = iso(self.company.world.born);
        let intervals: Vec<Value> =
            (1..=5).map(|day| json!({"start_time": day * 1440 + 9 * 60, "end_time": day * 1440 + 17 * 60})).collect();
        json!({
            "id": SCHEDULE, "name": "Business hours", "time_zone": super::rails_zone(self.company), "intervals": intervals,
            "created_at": born, "updated_at": born
        })
    }

    /// The holidays entered so far, and those of the coming year.
    pub fn holidays(&self) -> Vec<Value> {
        let limit = super::super::super::time::date(self.now + 366 * DAY, &self.company.world.zone);
        let holidays = self.company.world.holidays.iter().enumerate().filter(|(_, (_, first, _))| *first <= limit);
        let render = |(number, (name, first, last)): (usize, &(&str, jiff::civil::Date, jiff::civil::Date))| json!({"id": 32_000_000 + number, "name": name, "start_date": first.to_string(), "end_date": last.to_string()});
        holidays.map(render).collect()
    }
}

fn via(channel: &str) -> Value {
    json!({"channel": channel, "source": {"from": {}, "to": {}, "rel": null}})
}
