//! Where people ask the service for a run: it takes its turn among the scheduled ones.

use tokio::sync::mpsc;

/// Wishes that wait; more are refused.
const PLACES: usize = 16;

/// A run somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Key of `[reports]`.
    pub report: String,
    /// `None`: the last complete period.
    pub period: Option<String>,
    /// Bare address of who asks.
    pub by: String,
}

/// Takes wishes.
#[derive(Debug, Clone)]
pub struct Desk(mpsc::Sender<Wish>);

impl Desk {
    /// A desk and the end its wishes arrive at.
    pub fn open() -> (Desk, mpsc::Receiver<Wish>) {
        let (sender, wishes) = mpsc::channel(PLACES);
        (Desk(sender), wishes)
    }

    /// Leaves a wish; `false` when too many wait or the service is stopping.
    pub fn ask(&self, wish: Wish) -> bool {
        self.0.try_send(wish).is_ok()
    }
}
