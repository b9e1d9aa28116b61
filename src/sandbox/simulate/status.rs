//! Incidents of the product.

use super::{
    super::{
        random,
        time::{self, DAY, HOUR, Secs, WEEK},
    },
    World,
};

/// How bad an incident was, in Statuspage's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Impact {
    Minor,
    Major,
    Critical,
    Maintenance,
}

/// An incident.
#[derive(Debug)]
pub struct Incident {
    pub serial: u64,
    pub name: &'static str,
    pub impact: Impact,
    pub component: usize,
    pub started: Secs,
    pub identified: Secs,
    pub monitoring: Secs,
    pub resolved: Secs,
}

/// The components of the status page.
pub const COMPONENTS: [&str; 4] = ["Web application", "API", "Exports", "Notifications"];

const NAMES: [&str; 4] = ["Slow page loads", "Elevated API errors", "Delayed exports", "Delayed notifications"];

/// Draws the incidents: about one a fortnight, and the story's outage.
pub fn simulate(world: &World) -> Vec<Incident> {
    let mut rng = random::rng(world.seed, "incidents", 0);
    let mut incidents = Vec::new();
    let mut week = world.born;
    while week < world.horizon {
        let draw = rng.u32(0..100);
        if draw < 45 {
            let started = week + rng.i64(DAY / 3..5 * DAY);
            let length = random::around(&mut rng, 2400.0, 0.5) as Secs;
            let component = rng.usize(0..4);
            incidents.push(Incident {
                serial: 0,
                name: NAMES[component],
                impact: if draw < 12 { Impact::Major } else { Impact::Minor },
                component,
                started,
                identified: started + length / 4,
                monitoring: started + length * 3 / 4,
                resolved: started + length,
            });
        } else if draw > 95 {
            let started = time::at_hour(time::plus_days(time::date(week, &world.zone), 6), 3, &world.zone);
            incidents.push(Incident {
                serial: 0,
                name: "Database maintenance",
                impact: Impact::Maintenance,
                component: 1,
                started,
                identified: started,
                monitoring: started,
                resolved: started + HOUR,
            });
        }
        week += WEEK;
    }
    if let Some(story) = &world.story {
        incidents.retain(|incident| (incident.started - story.outage.0).abs() > 2 * DAY);
        incidents.push(Incident {
            serial: 0,
            name: "Application unavailable",
            impact: Impact::Critical,
            component: 0,
            started: story.outage.0,
            identified: story.outage.0 + 50 * 60,
            monitoring: story.outage.1 - 30 * 60,
            resolved: story.outage.1,
        });
    }
    incidents.sort_by_key(|incident| incident.started);
    incidents.iter_mut().enumerate().for_each(|(serial, incident)| incident.serial = serial as u64);
    incidents
}
