//! The vendors' rate limits, over sliding windows of real time.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use tokio::time::Instant;

use super::super::System;

/// The requests lately made, per budget.
#[derive(Debug, Default)]
pub struct Limits {
    windows: HashMap<String, VecDeque<Instant>>,
}

impl Limits {
    /// Takes one request from its budgets; gives the seconds to wait if one is spent.
    pub fn take(&mut self, system: System, path: &str) -> Option<u64> {
        let budgets: Vec<(String, usize, u64)> = match system {
            System::Billing => vec![("stripe".to_owned(), 100, 1), (endpoint(path), 25, 1)],
            System::Support if path.contains("/incremental/") => {
                vec![("zendesk incremental".to_owned(), 10, 60), ("zendesk".to_owned(), 400, 60)]
            }
            System::Support => vec![("zendesk".to_owned(), 400, 60)],
            System::Product => vec![("posthog minute".to_owned(), 240, 60), ("posthog hour".to_owned(), 2400, 3600)],
            System::Status => vec![("statuspage".to_owned(), 1, 1)],
        };
        let now = Instant::now();
        let mut wait = None;
        for (name, allowed, seconds) in &budgets {
            let window = self.windows.entry(name.clone()).or_default();
            let span = Duration::from_secs(*seconds);
            while window.front().is_some_and(|first| now.duration_since(*first) >= span) {
                window.pop_front();
            }
            if let Some(first) = window.front()
                && window.len() >= *allowed
            {
                let rest = span.saturating_sub(now.duration_since(*first)).as_secs() + 1;
                wait = wait.max(Some(rest));
            }
        }
        if wait.is_none() {
            for (name, ..) in budgets {
                self.windows.entry(name).or_default().push_back(now);
            }
        }
        wait
    }
}

fn endpoint(path: &str) -> String {
    format!("stripe {}", path.split('/').nth(2).unwrap_or_default())
}
