//! How often somebody may try. Kept in memory: whoever restarts the service starts counting anew.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// Those counted at once; further ones take the place of others.
const PLACES: usize = 10_000;

/// How many times within how long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rate {
    name: &'static str,
    pub most: u32,
    within: SignedDuration,
}

/// Mails to one address.
pub(super) const MAILS_TO_ADDRESS: Rate = Rate { name: "mails to", most: 5, within: SignedDuration::from_hours(1) };
/// Mails asked for from one place.
pub(super) const MAILS_FROM_PEER: Rate = Rate { name: "mails from", most: 20, within: SignedDuration::from_hours(1) };
/// Mails of all.
pub(super) const MAILS: Rate = Rate { name: "mails", most: 300, within: SignedDuration::from_hours(1) };
/// Links that are none, from one place.
pub(super) const FAILURES: Rate = Rate { name: "failures", most: 30, within: SignedDuration::from_mins(15) };

/// Counts by rate and by whom.
#[derive(Debug, Default)]
pub(super) struct Limits(Mutex<HashMap<(&'static str, String), (Timestamp, u32)>>);

impl Limits {
    /// Counts an attempt; `false` when there were too many.
    pub fn allow(&self, rate: Rate, whose: &str, now: Timestamp) -> bool {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (rate.name, whose.to_owned());
        if counts.len() >= PLACES && !counts.contains_key(&key) {
            counts.retain(|_, (until, _)| *until > now);
            if counts.len() >= PLACES
                && let Some(other) = counts.keys().next().cloned()
            {
                counts.remove(&other);
            }
        }
        let (until, count) = counts.entry(key).or_insert((now, 0));
        if *until <= now {
            (*until, *count) = (now.saturating_add(rate.within).unwrap_or(Timestamp::MAX), 0);
        }
        *count = count.saturating_add(1);
        *count <= rate.most
    }

    /// The same for a place on the network. An IPv6 network is one place. This machine's own address is many: a proxy on it that
    /// the configuration does not name brings everybody.
    pub fn allow_peer(&self, rate: Rate, peer: IpAddr, now: Timestamp) -> bool {
        let most = if peer.is_loopback() { rate.most.saturating_mul(10) } else { rate.most };
        let whose = match peer {
            IpAddr::V4(peer) => peer.to_string(),
            IpAddr::V6(peer) => format!("{:x?}", &peer.segments()[..4]),
        };
        self.allow(Rate { most, ..rate }, &whose, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_are_counted_by_whom_and_forgotten_in_time() {
        let (limits, now) = (Limits::default(), Timestamp::UNIX_EPOCH);
        let allowed = |at: Timestamp| (0..10).filter(|_| limits.allow(MAILS_TO_ADDRESS, "ann", at)).count();
        assert_eq!(allowed(now), 5);
        assert!(limits.allow(MAILS_TO_ADDRESS, "bob", now) && limits.allow(FAILURES, "ann", now));
        assert_eq!(allowed(now + SignedDuration::from_mins(59)), 0);
        assert_eq!(allowed(now + SignedDuration::from_mins(60)), 5);
    }

    #[test]
    fn a_flood_of_strangers_takes_no_memory_without_end() {
        let limits = Limits::default();
        for stranger in 0..2 * PLACES {
            limits.allow(FAILURES, &stranger.to_string(), Timestamp::UNIX_EPOCH);
        }
        assert!(limits.0.lock().unwrap().len() <= PLACES);
    }

    #[test]
    fn an_ipv6_network_is_one_place() {
        let limits = Limits::default();
        let ask = |last: u16| {
            let peer = IpAddr::from([0x2001, 0xdb8, 1, 2, 9, 9, 9, last]);
            limits.allow_peer(MAILS_FROM_PEER, peer, Timestamp::UNIX_EPOCH)
        };
        assert_eq!((0..100).filter(|last| ask(*last)).count(), 20);
    }
}
