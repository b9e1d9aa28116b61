//! Requests per time: each budget group admits so many in any window of its length, and pauses when the API says so.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use tokio::sync::{Mutex, Semaphore, SemaphorePermit};
use tokio::time::Instant;

use super::manifest::{Budget, Manifest};

/// The group of streams that name none.
const DEFAULT: &str = "default";

/// All groups of one source.
pub(super) struct Budgets(BTreeMap<String, Group>);

struct Group {
    pace: Mutex<Pace>,
    /// Requests under way at once.
    slots: Option<Semaphore>,
}

struct Pace {
    requests: usize,
    window: Duration,
    admitted: VecDeque<Instant>,
    not_before: Option<Instant>,
}

impl Budgets {
    /// The manifest's groups; the company's own numbers are requests per minute.
    pub(super) fn new(manifest: &Manifest, overrides: &BTreeMap<String, f64>) -> Budgets {
        let mut groups: BTreeMap<String, Budget> = manifest.budget.clone();
        groups.entry(DEFAULT.into()).or_insert(Budget { requests: 600.0, seconds: 60.0, concurrency: None });
        for (name, per_minute) in overrides {
            let concurrency = groups.get(name).and_then(|budget| budget.concurrency);
            groups.insert(name.clone(), Budget { concurrency, ..whole(*per_minute) });
        }
        let group = |budget: Budget| Group {
            pace: Mutex::new(Pace::new(budget)),
            slots: budget.concurrency.map(Semaphore::new),
        };
        Budgets(groups.into_iter().map(|(name, budget)| (name, group(budget))).collect())
    }

    /// Waits until the group admits one more request; `false` when that is after the deadline. `told` hears how long it waits.
    pub(super) async fn admit(&self, group: Option<&str>, deadline: Instant, told: impl Fn(Duration)) -> bool {
        let Some(group) = self.0.get(group.unwrap_or(DEFAULT)) else { return true };
        // Held while sleeping: those who wait are admitted in their order.
        let mut group = group.pace.lock().await;
        let at = group.next_free(Instant::now());
        if at > deadline {
            return false;
        }
        let wait = at.saturating_duration_since(Instant::now());
        told(wait);
        // a sleep of no time would still end with the timer's next tick, a millisecond later
        if !wait.is_zero() {
            tokio::time::sleep_until(at).await;
        }
        group.note(Instant::now());
        true
    }

    /// Waits for one of the group's slots, where it has a bound of its own; kept until dropped.
    pub(super) async fn slot(&self, group: Option<&str>) -> Option<SemaphorePermit<'_>> {
        self.0.get(group.unwrap_or(DEFAULT))?.slots.as_ref()?.acquire().await.ok()
    }

    /// Nobody of the group is admitted before then.
    pub(super) async fn pause(&self, group: Option<&str>, until: Instant) {
        if let Some(group) = self.0.get(group.unwrap_or(DEFAULT)) {
            let mut group = group.pace.lock().await;
            group.not_before = group.not_before.max(Some(until));
        }
    }
}

/// A rate below one a minute becomes one in a longer time.
fn whole(per_minute: f64) -> Budget {
    if per_minute >= 1.0 {
        Budget { requests: per_minute, seconds: 60.0, concurrency: None }
    } else {
        Budget { requests: 1.0, seconds: 60.0 / per_minute.max(0.001), concurrency: None }
    }
}

impl Pace {
    fn new(budget: Budget) -> Pace {
        Pace {
            requests: (budget.requests as usize).max(1),
            window: Duration::from_secs_f64(budget.seconds),
            admitted: VecDeque::new(),
            not_before: None,
        }
    }

    fn next_free(&self, now: Instant) -> Instant {
        let by_rate = match self.admitted.len() {
            n if n >= self.requests => self.admitted[n - self.requests] + self.window,
            _ => now,
        };
        by_rate.max(now).max(self.not_before.unwrap_or(now))
    }

    fn note(&mut self, now: Instant) {
        self.admitted.push_back(now);
        while self.admitted.len() > self.requests {
            self.admitted.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_admits_its_number_then_waits() {
        let mut group = Pace::new(Budget { requests: 2.0, seconds: 60.0, concurrency: None });
        let start = Instant::now();
        for _ in 0..2 {
            assert_eq!(group.next_free(start), start);
            group.note(start);
        }
        assert_eq!(group.next_free(start), start + Duration::from_mins(1));
        let later = start + Duration::from_secs(61);
        assert_eq!(group.next_free(later), later);
    }
}
