//! Who read the help instead of asking.

use super::{
    super::{
        random,
        time::{self, HOUR, Secs, WEEK},
    },
    World,
    product::{Event, Kind},
};

/// Sessions of the help are numbered apart from those of the product.
const FIRST_SESSION: u32 = 1_000_000;

/// Adds every account's visits while it has access, week by week. The outage sends people there too.
pub fn visits(world: &World, lives: &[Vec<(Secs, Secs, u32)>], since: Secs, events: &mut Vec<Event>) {
    for (number, lives) in lives.iter().enumerate() {
        let mut rng = random::rng(world.seed, "help", number as u64);
        let mut session = FIRST_SESSION;
        for (from, to, seats) in lives {
            let people = (*seats).clamp(1, 12);
            let mut week = time::midnight(time::monday(time::date((*from).max(since), &world.zone)), &world.zone);
            while week < *to {
                let outage =
                    world.story.as_ref().is_some_and(|story| week <= story.outage.0 && story.outage.0 < week + WEEK);
                let mean = (0.12 + 0.03 * f64::from(people)) * if outage { 3.0 } else { 1.0 };
                for _ in 0..random::poisson(&mut rng, mean) {
                    let at = week + rng.i64(0..5) * 24 * HOUR + rng.i64(7 * HOUR..19 * HOUR);
                    let person = rng.u32(0..people);
                    session += 1;
                    for page in 0..rng.i64(1..4) {
                        let at = at + page * 90;
                        if (*from).max(since) <= at && at < *to {
                            let kind = Kind::HelpViewed;
                            events.push(Event { at, account: number as u32, person, session, kind, value: 0 });
                        }
                    }
                }
                week += WEEK;
            }
        }
    }
}
