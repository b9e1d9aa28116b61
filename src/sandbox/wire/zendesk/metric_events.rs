//! Zendesk's own account of its clocks.

use serde_json::{Value, json};

use super::{
    super::super::{
        simulate::{
            Company,
            clocks::{self, Clock},
            support::{Status, Ticket},
        },
        time::{Secs, iso},
    },
    objects::Render,
};

/// One step of a clock.
#[derive(Debug, Clone, Copy)]
pub struct MetricEvent {
    pub at: Secs,
    pub id: i64,
    ticket: usize,
    metric: &'static str,
    instance: usize,
    kind: &'static str,
    /// The target, where the step applies one; business and calendar minutes, where it states them.
    target: i64,
    minutes: (i64, i64),
}

/// Every step of every clock, in order.
pub fn all(company: &Company) -> Vec<MetricEvent> {
    let mut events = Vec::new();
    for (position, ticket) in company.support.tickets.iter().enumerate() {
        let mut steps = Steps { company, ticket: position, events: &mut events };
        steps.reply(1, clocks::first_reply(&company.world.hours, ticket));
        for (number, clock) in clocks::next_replies(&company.world.hours, ticket).into_iter().enumerate() {
            steps.reply(number + 2, clock);
        }
        let waits = |status| matches!(status, Status::New | Status::Open | Status::Hold);
        steps.running("requester_wait_time", ticket, ticket.priority.requester_wait(), waits);
        let works = |status| matches!(status, Status::New | Status::Open);
        steps.running("agent_work_time", ticket, ticket.priority.agent_work(), works);
    }
    events.sort_by_key(|event| (event.at, event.ticket));
    events.iter_mut().enumerate().for_each(|(serial, event)| event.id = 926_000_000_000 + serial as i64);
    events
}

struct Steps<'a> {
    company: &'a Company,
    ticket: usize,
    events: &'a mut Vec<MetricEvent>,
}

impl Steps<'_> {
    fn add(
        &mut self,
        metric: &'static str,
        instance: usize,
        kind: &'static str,
        at: Secs,
        target: i64,
        minutes: (i64, i64),
    ) {
        self.events.push(MetricEvent { at, id: 0, ticket: self.ticket, metric, instance, kind, target, minutes });
    }

    fn reply(&mut self, instance: usize, clock: Clock) {
        let hours = &self.company.world.hours;
        self.add("reply_time", instance, "activate", clock.started, 0, (0, 0));
        self.add("reply_time", instance, "apply_sla", clock.started, clock.target, (0, 0));
        if clock.met(hours) != Some(true) {
            self.add("reply_time", instance, "breach", clock.breach, 0, (0, 0));
        }
        if let Some(at) = clock.fulfilled {
            let minutes = (hours.elapsed(clock.started, at) / 60, (at - clock.started) / 60);
            self.add("reply_time", instance, "fulfill", at, 0, (0, 0));
            self.add("reply_time", instance, "update_status", at, 0, minutes);
        }
    }

    fn running(&mut self, metric: &'static str, ticket: &Ticket, target: i64, counts: impl Fn(Status) -> bool) {
        let hours = &self.company.world.hours;
        let (mut business, mut calendar, mut breached) = (0, 0, false);
        let done = |at| {
            ticket.statuses().any(|(when, status)| when == at && matches!(status, Status::Solved | Status::Deleted))
        };
        for (from, to) in clocks::spans(ticket, counts) {
            self.add(metric, 1, "activate", from, 0, (0, 0));
            self.add(metric, 1, "apply_sla", from, target, (0, 0));
            let breach = hours.after(from, target * 60 - business);
            if !breached && to.is_none_or(|to| business + hours.elapsed(from, to) > target * 60) {
                breached = true;
                self.add(metric, 1, "breach", breach, 0, (0, 0));
            }
            if let Some(to) = to {
                business += hours.elapsed(from, to);
                calendar += to - from;
                self.add(metric, 1, if done(to) { "fulfill" } else { "pause" }, to, 0, (0, 0));
                self.add(metric, 1, "update_status", to, 0, (business / 60, calendar / 60));
            }
        }
    }
}

/// A step in the API's words.
pub fn render(render: Render<'_>, event: &MetricEvent) -> Value {
    let mut value = json!({
        "id": event.id, "ticket_id": render.company.support.tickets[event.ticket].id, "metric": event.metric,
        "instance_id": event.instance, "type": event.kind, "time": iso(event.at)
    });
    match event.kind {
        "apply_sla" => value["sla"] = Render::applied(event.target),
        "breach" => value["deleted"] = json!(false),
        "update_status" => value["status"] = json!({"business": event.minutes.0, "calendar": event.minutes.1}),
        _ => {}
    }
    value
}
