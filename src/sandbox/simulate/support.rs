//! Tickets, and everything said and changed on them.

use fastrand::Rng;

use super::{
    super::{
        random,
        time::{self, DAY, HOUR, Secs, WEEK},
    },
    World,
    accounts::Account,
};

/// The help desk.
#[derive(Debug)]
pub struct Support {
    /// In the order of creation.
    pub tickets: Vec<Ticket>,
    /// How many agents answer; a bot stands behind them.
    pub agents: usize,
}

/// A ticket.
#[derive(Debug)]
pub struct Ticket {
    pub id: i64,
    /// The account that asks; a few tickets come from nobody known.
    pub account: Option<usize>,
    /// Which of the account's people asks.
    pub person: usize,
    pub created: Secs,
    pub channel: &'static str,
    pub priority: Priority,
    pub kind: &'static str,
    pub tags: Vec<&'static str>,
    pub group: usize,
    pub brand: usize,
    pub subject: &'static str,
    pub assignee: usize,
    /// In order of time; the first creates the ticket.
    pub audits: Vec<Audit>,
}

/// One update of a ticket.
#[derive(Debug, Clone, Copy)]
pub struct Audit {
    pub id: i64,
    pub at: Secs,
    pub author: Author,
    /// A comment, and whether it is public.
    pub comment: Option<bool>,
    /// The status from here on, if it changes.
    pub status: Option<Status>,
    /// A satisfaction rating, if given here.
    pub rating: Option<Rating>,
}

/// Who made an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    Requester,
    Agent(usize),
    Bot,
    System,
}

/// A satisfaction rating.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rating {
    Offered,
    Good,
    Bad,
}

/// A ticket's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    New,
    Open,
    Pending,
    Hold,
    Solved,
    Closed,
    Deleted,
}

/// A ticket's priority, with the targets of its SLA policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Priority {
    Low,
    Normal,
    High,
    Urgent,
}

impl Priority {
    /// Every priority.
    pub const ALL: [Priority; 4] = [Priority::Low, Priority::Normal, Priority::High, Priority::Urgent];

    /// Business minutes to the first reply.
    pub fn first_reply(self) -> i64 {
        [480, 240, 120, 60][self as usize]
    }

    /// Business minutes to the next reply.
    pub fn next_reply(self) -> i64 {
        [960, 480, 240, 120][self as usize]
    }

    /// Business minutes of requester wait.
    pub fn requester_wait(self) -> i64 {
        [4800, 2880, 1440, 960][self as usize]
    }

    /// Business minutes of agent work.
    pub fn agent_work(self) -> i64 {
        [2400, 1440, 960, 480][self as usize]
    }

    /// The API's word for it.
    pub fn name(self) -> &'static str {
        ["low", "normal", "high", "urgent"][self as usize]
    }
}

impl Status {
    /// The API's word for it.
    pub fn name(self) -> &'static str {
        ["new", "open", "pending", "hold", "solved", "closed", "deleted"][self as usize]
    }
}

impl Ticket {
    /// Updates that had happened by an instant.
    pub fn seen(&self, at: Secs) -> &[Audit] {
        &self.audits[..self.audits.partition_point(|audit| audit.at <= at)]
    }

    /// Status changes with their instants, the first being the creation.
    pub fn statuses(&self) -> impl Iterator<Item = (Secs, Status)> + '_ {
        self.audits.iter().filter_map(|audit| audit.status.map(|status| (audit.at, status)))
    }

    /// Whether it is deleted in the end (it was spam, and is within hours).
    pub fn spam(&self) -> bool {
        self.statuses().any(|(_, status)| status == Status::Deleted)
    }

    /// Whether an agent opened it, on the phone.
    pub fn by_agent(&self) -> bool {
        matches!(self.audits[0].author, Author::Agent(_))
    }
}

const SUBJECTS: [(&str, &str, &[&str]); 8] = [
    ("Report shows the wrong total", "problem", &["bug"]),
    ("Export stopped working after the update", "incident", &["bug", "regression"]),
    ("How do I invite a colleague?", "question", &["how_to"]),
    ("Question about our invoice", "question", &["billing"]),
    ("Cannot sign in", "incident", &["login"]),
    ("Please add a column to the export", "task", &["feature_request"]),
    ("Dashboard is slow", "incident", &["performance"]),
    ("Data is missing since this morning", "problem", &["bug", "data"]),
];

/// Draws the tickets of every account while it has access, and of a few strangers.
pub fn simulate(world: &World, accounts: &[Account], lives: &[Vec<(Secs, Secs, u32)>]) -> Support {
    let mut support = Support { tickets: Vec::new(), agents: 10 };
    let weeks = (world.horizon - world.start) / WEEK + 14;
    for number in 0..=accounts.len() {
        let mut rng = random::rng(world.seed, "tickets", number as u64);
        let account = (number < accounts.len()).then_some(number);
        for week in 0..weeks {
            let from = world.start + (week - 13) * WEEK;
            let active = account
                .is_none_or(|account| lives[account].iter().any(|(start, end, _)| *start < from + WEEK && from < *end));
            let seats = account.map_or(30, |account| accounts[account].seats);
            let mean = if account.is_some() { 0.10 + 0.003 * f64::from(seats.min(60)) } else { 0.4 };
            if !active {
                continue;
            }
            for _ in 0..random::poisson(&mut rng, mean) {
                let at = asked_at(world, from, &mut rng);
                open(world, &mut support, account, lives, at, false, &mut rng);
            }
        }
        if let Some(story) = &world.story {
            let week = story.outage_echo - story.outage.0;
            for _ in 0..random::poisson(&mut rng, 0.32) {
                let wait = (random::around(&mut rng, 0.15, 1.2).min(0.99) * week as f64) as Secs;
                open(world, &mut support, account, lives, story.outage.0 + wait, true, &mut rng);
            }
        }
    }
    support.tickets.sort_by_key(|ticket| (ticket.created, ticket.account, ticket.person));
    let mut audits: Vec<(Secs, usize, usize)> = Vec::new();
    for (position, ticket) in support.tickets.iter_mut().enumerate() {
        ticket.id = 1001 + position as i64;
        audits.extend(ticket.audits.iter().enumerate().map(|(audit, event)| (event.at, position, audit)));
    }
    audits.sort_unstable();
    for (serial, (_, ticket, audit)) in audits.into_iter().enumerate() {
        support.tickets[ticket].audits[audit].id = 16_000_000_000 + serial as i64 * 20;
    }
    support
}

fn asked_at(world: &World, week: Secs, rng: &mut Rng) -> Secs {
    let day = match rng.u32(0..100) {
        0..92 => rng.i64(0..5),
        _ => rng.i64(5..7),
    };
    let hour = if rng.u32(0..100) < 80 { rng.i64(8..18) } else { rng.i64(0..24) };
    let monday = time::date(week + 12 * HOUR, &world.zone);
    let date = time::plus_days(time::monday(monday), day);
    time::midnight(date, &world.zone) + hour * HOUR + rng.i64(0..HOUR)
}

fn open(
    world: &World,
    support: &mut Support,
    account: Option<usize>,
    lives: &[Vec<(Secs, Secs, u32)>],
    at: Secs,
    outage: bool,
    rng: &mut Rng,
) {
    let alive = account.is_none_or(|account| lives[account].iter().any(|(start, end, _)| *start <= at && at < *end));
    if !alive || at >= world.horizon {
        return;
    }
    let (subject, kind, tags) = if outage {
        ("Is the application down?", "incident", &["outage", "bug"][..])
    } else {
        SUBJECTS[rng.usize(0..8)]
    };
    let priority = match rng.u32(0..100) {
        _ if outage => [Priority::High, Priority::Urgent][rng.usize(0..2)],
        0..25 => Priority::Low,
        25..75 => Priority::Normal,
        75..94 => Priority::High,
        _ => Priority::Urgent,
    };
    let channel = match rng.u32(0..100) {
        0..55 => "email",
        55..80 => "web",
        80..90 => "chat",
        _ => "voice",
    };
    let mut tags = tags.to_vec();
    if rng.u32(0..100) < 4 {
        tags.push("proactive");
    }
    let mut ticket = Ticket {
        id: 0,
        account,
        person: rng.usize(0..3),
        created: at,
        channel,
        priority,
        kind,
        tags,
        group: usize::from(kind == "problem" || kind == "incident"),
        brand: usize::from(rng.u32(0..100) < 15),
        subject,
        assignee: rng.usize(0..support.agents),
        audits: Vec::new(),
    };
    Talk { world, ticket: &mut ticket, at, slow: slowness(world, at) }.run(rng);
    support.tickets.push(ticket);
}

/// In the week after the outage everything takes three times as long.
fn slowness(world: &World, at: Secs) -> f64 {
    match &world.story {
        Some(story) if story.outage.0 <= at && at < story.outage_echo => 3.0,
        _ => 1.0,
    }
}

/// The conversation on one ticket, told forward.
struct Talk<'a> {
    world: &'a World,
    ticket: &'a mut Ticket,
    at: Secs,
    slow: f64,
}

impl Talk<'_> {
    fn add(&mut self, author: Author, comment: Option<bool>, status: Option<Status>) {
        let current = self.ticket.statuses().last().map(|(_, status)| status);
        let status = status.filter(|status| Some(*status) != current);
        self.ticket.audits.push(Audit { id: 0, at: self.at, author, comment, status, rating: None });
    }

    fn wait(&mut self, rng: &mut Rng, median_minutes: f64) {
        let open = random::around(rng, median_minutes * 60.0 * self.slow, 0.7).max(45.0) as Secs;
        // A few seconds more: an agent can be a little early or late, but never answers at the stroke of nine.
        self.at = self.world.hours.after(self.at, open) + rng.i64(1..50);
    }

    fn run(mut self, rng: &mut Rng) {
        let (agent, pace) = (Author::Agent(self.ticket.assignee), self.ticket.priority.first_reply() as f64);
        // Spam is gone within two hours, and never straddles the simulated present.
        if rng.u32(0..1000) < 8 && (self.at < self.world.end - 3 * HOUR || self.at > self.world.end) {
            self.add(Author::Requester, Some(true), Some(Status::New));
            self.at += rng.i64(600..2 * HOUR);
            self.add(agent, None, Some(Status::Deleted));
            return;
        }
        if self.ticket.channel == "voice" {
            self.add(agent, Some(true), Some(Status::Open));
        } else {
            self.add(Author::Requester, Some(true), Some(Status::New));
            if rng.u32(0..100) < 18 {
                self.at += rng.i64(5..25);
                self.add(Author::Bot, Some(true), None);
            }
        }
        if rng.u32(0..100) < 25 {
            self.wait(rng, pace * 0.1);
            self.add(agent, Some(false), None);
        }
        self.wait(rng, pace * 0.38);
        if let Some(called) = self.on_call() {
            self.at = called;
        }
        let rounds = [0, 0, 0, 1, 1, 2, 3][rng.usize(0..7)];
        for _ in 0..rounds {
            let hold = self.ticket.kind == "problem" && rng.u32(0..100) < 30;
            self.add(agent, Some(true), Some(if hold { Status::Hold } else { Status::Pending }));
            if hold {
                self.wait(rng, 600.0);
                self.add(agent, Some(true), Some(Status::Pending));
            }
            self.at += random::around(rng, 5.0 * HOUR as f64, 0.9) as Secs;
            self.add(Author::Requester, Some(true), Some(Status::Open));
            if rng.u32(0..100) < 15 {
                self.at += rng.i64(60..1800);
                self.add(Author::Requester, Some(true), None);
            }
            self.wait(rng, pace * 0.6);
        }
        self.add(agent, Some(true), Some(Status::Solved));
        if rng.u32(0..100) < 6 {
            self.at += rng.i64(HOUR..2 * DAY);
            self.add(Author::Requester, Some(true), Some(Status::Open));
            self.wait(rng, pace * 0.6);
            self.add(agent, Some(true), Some(Status::Solved));
        }
        let solved = self.at;
        if rng.u32(0..100) < 70 {
            self.at = solved + DAY / 2;
            self.rate(Author::System, Rating::Offered);
            if rng.u32(0..100) < 40 {
                self.at += rng.i64(600..30 * HOUR);
                let good = rng.u32(0..100) < if self.slow > 1.0 { 70 } else { 93 };
                self.rate(Author::Requester, if good { Rating::Good } else { Rating::Bad });
            }
        }
        self.at = solved + 4 * DAY;
        self.add(Author::System, None, Some(Status::Closed));
    }

    /// At night somebody is on call for what is urgent, and answers half of it before the office opens.
    fn on_call(&self) -> Option<Secs> {
        let ticket = &*self.ticket;
        let number = ticket.account.map_or(0, |account| account as u64 + 1);
        let mut rng = random::rng(self.world.seed ^ number, "on call", ticket.created as u64);
        let opens = self.world.hours.opens(ticket.created)?;
        let answered = self.ticket.audits.last()?.at.max(ticket.created) + rng.i64(300..2 * HOUR);
        let is_urgent = matches!(ticket.priority, Priority::High | Priority::Urgent);
        (is_urgent && rng.bool() && answered < opens).then_some(answered)
    }

    fn rate(&mut self, author: Author, rating: Rating) {
        self.add(author, None, None);
        if let Some(last) = self.ticket.audits.last_mut() {
            last.rating = Some(rating);
        }
    }
}
