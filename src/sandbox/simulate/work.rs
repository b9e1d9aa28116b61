//! What teams did that only the company's own files tell: defects fixed, and detractors got back to.

use jiff::civil::Date;

use super::{
    super::{
        random,
        time::{self, DAY, HOUR, Secs, WEEK},
    },
    World,
    accounts::Account,
    product::{Event, Kind},
};

/// The work, in order of time.
#[derive(Debug)]
pub struct Work {
    pub fixes: Vec<Fix>,
    pub followups: Vec<FollowUp>,
}

/// A fix: of a defect, or of what lets a class of defects happen.
#[derive(Debug)]
pub struct Fix {
    pub on: Date,
    pub is_prevention: bool,
    pub title: &'static str,
}

/// Somebody got back to an account.
#[derive(Debug)]
pub struct FollowUp {
    pub account: usize,
    pub at: Secs,
    pub author: &'static str,
}

const FIXES: [&str; 4] =
    ["Totals of filtered reports", "Export of empty columns", "Time zone of scheduled reports", "Double invitations"];
const PREVENTIONS: [&str; 3] = ["Type-check report formulas", "Contract test of the export", "Alert on slow queries"];

/// Draws the work of the reported weeks and after.
pub fn simulate(world: &World, accounts: &[Account], events: &[Event]) -> Work {
    Work { fixes: fixes(world), followups: followups(world, accounts, events) }
}

fn fixes(world: &World) -> Vec<Fix> {
    let mut fixes = Vec::new();
    let weeks = (world.horizon - world.start) / WEEK;
    for week in 0..weeks {
        let mut rng = random::rng(world.seed, "fixes", week as u64);
        for _ in 0..random::poisson(&mut rng, 3.0) {
            let is_prevention = rng.u32(0..100) < 25;
            let titles: &[&str] = if is_prevention { &PREVENTIONS } else { &FIXES };
            fixes.push(Fix {
                on: time::date(world.start + week * WEEK + rng.i64(0..5) * DAY + DAY / 2, &world.zone),
                is_prevention,
                title: titles[rng.usize(0..titles.len())],
            });
        }
    }
    fixes.sort_by_key(|fix| fix.on);
    fixes
}

/// Four in five detractors hear from the owner of their account, mostly within two days.
fn followups(world: &World, accounts: &[Account], events: &[Event]) -> Vec<FollowUp> {
    let mut followups = Vec::new();
    for of_account in events.chunk_by(|event, next| event.account == next.account) {
        let account = of_account[0].account as usize;
        let mut rng = random::rng(world.seed, "followup", account as u64);
        for answer in of_account.iter().filter(|event| event.kind == Kind::SurveySent && event.value <= 6) {
            if rng.u32(0..100) < 80 && accounts[account].counts() {
                let wait = random::around(&mut rng, 20.0 * HOUR as f64, 0.8) as Secs;
                followups.push(FollowUp { account, at: answer.at + wait.max(60), author: accounts[account].owner });
            }
        }
    }
    followups.sort_by_key(|followup| (followup.at, followup.account));
    followups
}
