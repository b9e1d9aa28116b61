//! Support clocks counted minute by minute: slow, and plain enough to be seen to be right. Shares nothing with the project's
//! SQL, nor with its opening hours.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::conversation::{Conversation, Minute, State, Step};
use super::zendesk::{AGENT, BOT, CUSTOMER};

/// Weekly hours, `(weekday from Sunday = 0, from minute, to minute)`, and days off.
pub struct Hours {
    from: Minute,
    is_open: Vec<bool>,
}

impl Hours {
    /// Asks the zone for the local time of every minute.
    pub fn new(zone: &str, weekly: &[(i64, i64, i64)], holidays: &[Date], from: Minute, to: Minute) -> Hours {
        let zone = TimeZone::get(zone).expect("a zone");
        let is_open = (from..to).map(|minute| {
            let local = zone.to_datetime(jiff::Timestamp::from_second(minute * 60).expect("a time"));
            let day = i64::from(local.weekday().to_sunday_zero_offset());
            let of_day = i64::from(local.hour()) * 60 + i64::from(local.minute());
            !holidays.contains(&local.date())
                && weekly.iter().any(|(weekday, start, end)| *weekday == day && (*start..*end).contains(&of_day))
        });
        Hours { from, is_open: is_open.collect() }
    }

    fn at(&self, minute: Minute) -> bool {
        self.is_open[(minute - self.from) as usize]
    }
}

/// What a company promises, and when it is open.
pub struct Promise<'a> {
    /// The schedule of a ticket in a state.
    pub schedule: &'a dyn Fn(&State) -> &'a Hours,
    /// The own target of a clock at a priority.
    pub target: &'a dyn Fn(&str, &str) -> Option<Target>,
}

/// Minutes, and whether of business time.
pub type Target = (i64, bool);

/// A clock as it stands.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Clock {
    pub ticket: i64,
    pub kind: &'static str,
    pub instance: usize,
    pub business: i64,
    pub calendar: i64,
    pub decision: Option<Decision>,
}

/// How and when it was decided, by which target.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Decision {
    pub at: Minute,
    pub is_breached: bool,
    pub target: i64,
    pub priority: String,
}

/// Where a clock begins, is first fulfilled and ends.
struct Life {
    clock: &'static str,
    instance: usize,
    from: Minute,
    fulfilled: Option<Minute>,
    to: Option<Minute>,
}

/// Every clock of a ticket, as of an instant.
pub fn clocks(ticket: &Conversation, promise: &Promise<'_>, now: Minute) -> Vec<Clock> {
    let seen: Vec<&(Minute, Step)> = ticket.steps.iter().take_while(|(at, _)| *at <= now).collect();
    if seen.is_empty() {
        return vec![];
    }
    let lives = replies(&seen).into_iter().chain(states(&seen));
    lives.map(|life| count(ticket.id, &seen, promise, &life, now)).collect()
}

fn replies(seen: &[&(Minute, Step)]) -> Vec<Life> {
    let said: Vec<(Minute, i64)> = seen
        .iter()
        .filter_map(|(at, step)| match step {
            Step::Says { author, is_public: true } if *author != BOT => Some((*at, *author)),
            _ => None,
        })
        .collect();
    let answer = |after: usize| said.iter().skip(after + 1).find(|(_, author)| *author == AGENT).map(|(at, _)| *at);
    let first = answer(0);
    let mut lives = vec![Life { clock: "first_reply", instance: 1, from: seen[0].0, fulfilled: first, to: first }];
    for place in 1..said.len() {
        if said[place].1 == CUSTOMER && said[place - 1].1 == AGENT {
            let answered = answer(place);
            let instance = lives.len();
            lives.push(Life { clock: "next_reply", instance, from: said[place].0, fulfilled: answered, to: answered });
        }
    }
    lives
}

fn states(seen: &[&(Minute, Step)]) -> Vec<Life> {
    let mut status = "";
    let (mut finishes, mut is_finished) = (vec![], false);
    for (at, step) in seen {
        let next = match step {
            Step::Created(first) => first.status,
            Step::Becomes(next) => next,
            _ => continue,
        };
        if next == "solved" || (next == "closed" && status != "solved") {
            finishes.push(*at);
        }
        is_finished = matches!(next, "solved" | "closed");
        status = next;
    }
    let (from, fulfilled) = (seen[0].0, finishes.first().copied());
    let last = finishes.last().copied().filter(|_| is_finished);
    ["resolution", "requester_wait_time", "agent_work_time"]
        .into_iter()
        .map(|clock| Life { clock, instance: 1, from, fulfilled, to: if clock == "resolution" { last } else { None } })
        .collect()
}

fn is_running(clock: &str, status: &str) -> bool {
    match clock {
        "requester_wait_time" => matches!(status, "new" | "open" | "hold"),
        "agent_work_time" => matches!(status, "new" | "open"),
        _ => true,
    }
}

fn count(ticket: i64, seen: &[&(Minute, Step)], promise: &Promise<'_>, life: &Life, now: Minute) -> Clock {
    let Step::Created(first) = &seen[0].1 else { panic!("a ticket begins with its creation") };
    let mut state = first.clone();
    let (mut place, mut applied, mut held) = (0, None, None);
    let (mut business, mut calendar, mut decision) = (0, 0, None);
    let metric = match life.clock {
        "first_reply" | "next_reply" => "reply_time",
        "resolution" => "total_resolution_time",
        other => other,
    };
    let number = if life.clock == "next_reply" { life.instance + 1 } else { 1 };
    for minute in seen[0].0..=life.to.unwrap_or(now) {
        while let Some((_, step)) = seen.get(place).filter(|(at, _)| *at <= minute) {
            state.apply(step);
            if let Step::Target { metric: of, instance, minutes, is_business } = step
                && *of == metric
                && *instance == number
            {
                applied = Some((*minutes, *is_business));
            }
            place += 1;
            // a question keeps the hours it was asked in
            let hours = held.filter(|_| metric == "reply_time" && minute > life.from).map(|(hours, _)| hours);
            let target = applied.or_else(|| (promise.target)(life.clock, state.priority));
            held = Some((hours.unwrap_or_else(|| (promise.schedule)(&state)), target));
        }
        let Some((hours, target)) = held.filter(|_| minute >= life.from) else { continue };
        let decide =
            |is_breached, target| Decision { at: minute, is_breached, target, priority: state.priority.to_owned() };
        let runs = is_running(life.clock, state.status) && life.to != Some(minute) && minute < now;
        let is_open = runs && hours.at(minute);
        if let (None, Some((target, is_business))) = (&decision, target) {
            let (elapsed, goes_on) = if is_business { (business, is_open) } else { (calendar, runs) };
            if life.fulfilled == Some(minute) {
                decision = Some(decide(false, target));
            } else if life.fulfilled.is_none_or(|at| minute < at)
                && minute < now
                && (elapsed > target || (elapsed == target && goes_on))
            {
                decision = Some(decide(true, target));
            }
        }
        calendar += i64::from(runs);
        business += i64::from(is_open);
    }
    Clock { ticket, kind: life.clock, instance: life.instance, business, calendar, decision }
}
