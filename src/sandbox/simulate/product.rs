//! What people did in the product.

use super::{
    super::{
        random,
        time::{self, DAY, Secs},
    },
    World, help,
};

/// Everything done, in order of account and time; visits to the help after all that.
#[derive(Debug)]
pub struct Product {
    pub events: Vec<Event>,
    /// Surveys shown, in order of account; each answer among the events has been.
    pub shown: Vec<Event>,
    /// When each account began to use `automation_run`.
    pub adopted: Vec<Option<Secs>>,
}

/// One event. People and sessions are numbered within their account.
#[derive(Debug, Clone, Copy)]
pub struct Event {
    pub at: Secs,
    pub account: u32,
    pub person: u32,
    pub session: u32,
    pub kind: Kind,
    /// Milliseconds of an API request, the score of a survey answer.
    pub value: i32,
}

/// The kinds of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Login,
    DashboardViewed,
    ReportCreated,
    ExportRun,
    InviteSent,
    AutomationRun,
    FirstReportShared,
    ApiRequest,
    Exception,
    SurveySent,
    HelpViewed,
    SurveyShown,
}

impl Kind {
    /// The event's name in the product's API.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Login => "login",
            Kind::DashboardViewed => "dashboard_viewed",
            Kind::ReportCreated => "report_created",
            Kind::ExportRun => "export_run",
            Kind::InviteSent => "invite_sent",
            Kind::AutomationRun => "automation_run",
            Kind::FirstReportShared => "first_report_shared",
            Kind::ApiRequest => "api_request",
            Kind::Exception => "$exception",
            Kind::SurveySent => "survey sent",
            Kind::HelpViewed => "help_viewed",
            Kind::SurveyShown => "survey shown",
        }
    }
}

/// Draws the use of every account while it has access.
pub fn simulate(world: &World, lives: &[Vec<(Secs, Secs, u32)>]) -> Product {
    let mut product = Product { events: Vec::new(), shown: Vec::new(), adopted: Vec::new() };
    // Founders' use before the reported weeks would only cost time; a quarter of it is enough for year-ago comparisons.
    let since = world.start - 13 * 7 * DAY;
    for (number, lives) in lives.iter().enumerate() {
        let mut rng = random::rng(world.seed, "use", number as u64);
        let share = rng.f64();
        let adopted = match &world.story {
            Some(_) if share < 0.05 => Some(world.born),
            Some(story) if share < 0.45 => {
                Some(story.spread + ((share - 0.05) / 0.4 * (world.end - story.spread) as f64) as Secs)
            }
            None if share < 0.2 => Some(world.born),
            _ => None,
        };
        product.adopted.push(adopted);
        let mut session = 0;
        let mut activated = false;
        let activates = rng.u32(0..100) < 80;
        for (from, to, seats) in lives {
            let keen = 0.22 + 0.16 * rng.f64();
            let mut day = time::date((*from).max(since), &world.zone);
            let people = (*seats).clamp(1, 12);
            while time::at_hour(day, 7, &world.zone) < *to {
                let weekend = day.weekday().to_monday_zero_offset() >= 5;
                let opens = time::at_hour(day, 7, &world.zone);
                day = time::plus_days(day, 1);
                let closed =
                    world.holidays.iter().any(|(_, first, last)| *first < day && day <= time::plus_days(*last, 1));
                if rng.f64() > if weekend || closed { keen / 6.0 } else { keen } {
                    continue;
                }
                let mut at = opens + rng.i64(0..12 * 3600);
                session += 1;
                let person = rng.u32(0..people);
                let mut add = |kind, value, rng: &mut fastrand::Rng| {
                    if *from <= at && at < *to {
                        product.events.push(Event { at, account: number as u32, person, session, kind, value });
                    }
                    at += rng.i64(20..900);
                };
                let outage = world
                    .story
                    .as_ref()
                    .is_some_and(|story| story.outage.0 - DAY / 4 < opens && opens < story.outage.1);
                add(Kind::Login, 0, &mut rng);
                let kind = match rng.u32(0..100) {
                    0..30 => Kind::DashboardViewed,
                    30..68 => Kind::ReportCreated,
                    68..92 => Kind::ExportRun,
                    _ => Kind::InviteSent,
                };
                add(kind, 0, &mut rng);
                if kind == Kind::ReportCreated && activates && !activated {
                    activated = true;
                    add(Kind::FirstReportShared, 0, &mut rng);
                }
                if adopted.is_some_and(|since| since < opens) && rng.u32(0..100) < 55 {
                    add(Kind::AutomationRun, 0, &mut rng);
                }
                if rng.u32(0..100) < 70 {
                    let median = if outage { 900.0 } else { 140.0 };
                    add(Kind::ApiRequest, random::around(&mut rng, median, 0.6) as i32, &mut rng);
                }
                if rng.u32(0..1000) < if outage { 400 } else { 30 } {
                    add(Kind::Exception, 0, &mut rng);
                }
                if rng.u32(0..1000) < 12 {
                    let score = [10, 10, 9, 9, 9, 8, 8, 7, 7, 6, 4, 2][rng.usize(0..12)];
                    add(Kind::SurveySent, score, &mut rng);
                }
            }
        }
    }
    help::visits(world, lives, since, &mut product.events);
    product.shown = shown(world, &product.events);
    product
}

/// Surveys shown: shortly before every answer, and to some who only looked in.
fn shown(world: &World, events: &[Event]) -> Vec<Event> {
    let mut shown = Vec::new();
    for of_account in events.chunk_by(|event, next| event.account == next.account) {
        let mut rng = random::rng(world.seed, "shown", u64::from(of_account[0].account));
        for event in of_account {
            let at = match event.kind {
                Kind::SurveySent => event.at - rng.i64(4..20),
                Kind::Login if rng.u32(0..1000) < 28 => event.at + rng.i64(5..20),
                _ => continue,
            };
            shown.push(Event { at, kind: Kind::SurveyShown, value: 0, ..*event });
        }
    }
    shown
}
