//! How many calls are at the tenant at once, and who is next.
//!
//! Jamf asks for five at most. What waits is bounded too, and callers take turns, so that one who exports a fleet does not
//! hold up another who asks for one device.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// Calls at the tenant at once.
const AT_ONCE: usize = 5;

/// Requests that may wait.
const WAITING: usize = 256;

/// Requests of one caller that may wait where others wait too, or want to: who has more makes room for who has less.
const SHARE: usize = WAITING / 4;

/// The places at one tenant. Cloning is free.
#[derive(Clone)]
pub(crate) struct Queue(Arc<Mutex<State>>);

/// The requests of one caller that wait, in their order.
type Waiting = VecDeque<oneshot::Sender<Place>>;

struct State {
    free: usize,
    waiting: usize,
    /// Callers in the order of their turns. A request for a token has no caller.
    turns: VecDeque<(Option<Arc<str>>, Waiting)>,
}

impl State {
    /// Forget the requests whose callers went away, and count the others.
    fn recount(&mut self) {
        self.turns.iter_mut().for_each(|(_, waiting)| waiting.retain(|sender| !sender.is_closed()));
        self.turns.retain(|(_, waiting)| !waiting.is_empty());
        self.waiting = self.turns.iter().map(|(_, waiting)| waiting.len()).sum();
    }

    fn waiting_of(&self, caller: &Arc<str>) -> usize {
        let own = self.turns.iter().find(|(name, _)| name.as_ref() == Some(caller));
        own.map_or(0, |(_, waiting)| waiting.len())
    }

    /// Turn the newest request away of the caller that has most, where that is more than its share. Whether one was.
    fn make_room(&mut self) -> bool {
        let most = self.turns.iter_mut().map(|(_, waiting)| waiting).max_by_key(|waiting| waiting.len());
        let Some(most) = most.filter(|waiting| waiting.len() > SHARE) else { return false };
        // The sender is dropped, which its request takes as a refusal.
        self.waiting -= usize::from(most.pop_back().is_some());
        true
    }
}

/// A place at the tenant, given back on drop.
pub(crate) struct Place(Option<Queue>);

/// All that may wait are waiting already, or this request made room for that of another caller.
#[derive(Debug)]
pub(crate) struct Full;

impl Queue {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(State { free: AT_ONCE, waiting: 0, turns: VecDeque::new() })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wait for the next place that is free, before all who wait: for a token, without which nobody else gets on.
    pub(crate) async fn next_place(&self) -> Result<Place, Full> {
        let turn = {
            let mut state = self.state();
            if state.free > 0 {
                state.free -= 1;
                return Ok(Place(Some(self.clone())));
            }
            let (sender, turn) = oneshot::channel();
            state.turns.push_front((None, VecDeque::from([sender])));
            turn
        };
        turn.await.map_err(|_| Full)
    }

    /// Wait for a place. Dropping the future gives the turn up.
    pub(crate) async fn place(&self, caller: &Arc<str>) -> Result<Place, Full> {
        let turn = {
            let mut state = self.state();
            if state.free > 0 {
                state.free -= 1;
                return Ok(Place(Some(self.clone())));
            }
            state.recount();
            if state.waiting >= WAITING && (state.waiting_of(caller) >= SHARE || !state.make_room()) {
                return Err(Full);
            }
            let (sender, turn) = oneshot::channel();
            state.waiting += 1;
            match state.turns.iter_mut().find(|(name, _)| name.as_ref() == Some(caller)) {
                Some((_, waiting)) => waiting.push_back(sender),
                None => state.turns.push_back((Some(caller.clone()), VecDeque::from([sender]))),
            }
            turn
        };
        turn.await.map_err(|_| Full)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(queue) = self.0.take() else { return };
        let mut place = Place(Some(queue.clone()));
        loop {
            let next = {
                let mut state = queue.state();
                let Some((caller, mut waiting)) = state.turns.pop_front() else {
                    state.free += 1;
                    place.0 = None;
                    return;
                };
                let next = waiting.pop_front();
                state.waiting = state.waiting.saturating_sub(1);
                if !waiting.is_empty() {
                    state.turns.push_back((caller, waiting));
                }
                next
            };
            let Some(sender) = next else { continue };
            match sender.send(place) {
                Ok(()) => return,
                // It gave its turn up in the meantime.
                Err(returned) => place = returned,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn five_are_at_work_and_all_get_their_turn() {
        let queue = Queue::new();
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut tasks = Vec::new();
        for _ in 0..200 {
            let (queue, now, most) = (queue.clone(), now.clone(), most.clone());
            tasks.push(tokio::spawn(async move {
                let _place = queue.place(&"a".into()).await.unwrap();
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(5)).await;
                now.fetch_sub(1, Ordering::SeqCst);
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(most.load(Ordering::SeqCst), 5);
        assert_eq!(queue.state().free, 5);
    }

    #[tokio::test(start_paused = true)]
    async fn callers_take_turns() {
        let queue = Queue::new();
        let held: Vec<_> =
            futures::future::join_all((0..5).map(|_| async { queue.place(&"x".into()).await.unwrap() }))
                .await;
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = Vec::new();
        for caller in ["bulk", "bulk", "bulk", "single"] {
            let (queue, order) = (queue.clone(), order.clone());
            tasks.push(tokio::spawn(async move {
                let _place = queue.place(&caller.into()).await.unwrap();
                order.lock().unwrap().push(caller);
                tokio::time::sleep(Duration::from_millis(5)).await;
            }));
            tokio::task::yield_now().await;
        }
        let mut held = held.into_iter();
        drop(held.next());
        tokio::time::sleep(Duration::from_millis(50)).await;
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*order.lock().unwrap(), ["bulk", "single", "bulk", "bulk"]);
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_most_makes_room_for_others() {
        let queue = Queue::new();
        let held: Vec<_> =
            futures::future::join_all((0..5).map(|_| async { queue.place(&"bot".into()).await.unwrap() }))
                .await;
        let wait = |caller: &'static str, count: usize| -> Vec<_> {
            let waiting = (0..count).map(|_| {
                let queue = queue.clone();
                tokio::spawn(async move { queue.place(&caller.into()).await.map(drop) })
            });
            waiting.collect()
        };
        let bot = wait("bot", WAITING);
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert!(queue.place(&"bot".into()).await.is_err(), "its share is used up");
        let person = wait("person", 3);
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert_eq!(queue.state().waiting, WAITING);
        drop(held);
        for task in person {
            assert!(task.await.unwrap().is_ok());
        }
        let results = futures::future::join_all(bot).await;
        let turned_away = results.iter().filter(|result| result.as_ref().unwrap().is_err()).count();
        assert_eq!(turned_away, 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_goes_before_a_line_that_is_full() {
        let queue = Queue::new();
        let mut held: Vec<_> =
            futures::future::join_all((0..5).map(|_| async { queue.place(&"x".into()).await.unwrap() }))
                .await;
        let crowd: Vec<_> = (0..WAITING)
            .map(|_| {
                let queue = queue.clone();
                tokio::spawn(async move { queue.place(&"y".into()).await })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(1)).await;
        let token = tokio::spawn({
            let queue = queue.clone();
            async move { queue.next_place().await.is_ok() }
        });
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert!(!token.is_finished());
        held.pop();
        assert!(token.await.unwrap());
        crowd.iter().for_each(tokio::task::JoinHandle::abort);
    }

    #[tokio::test(start_paused = true)]
    async fn places_given_up_are_not_lost_and_the_line_is_bounded() {
        let queue = Queue::new();
        let held: Vec<_> =
            futures::future::join_all((0..5).map(|_| async { queue.place(&"x".into()).await.unwrap() }))
                .await;
        let waiting: Vec<_> = (0..WAITING)
            .map(|_| {
                let queue = queue.clone();
                tokio::spawn(async move { queue.place(&"y".into()).await })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert!(queue.place(&"y".into()).await.is_err());
        for task in waiting {
            task.abort();
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
        drop(held);
        let again =
            futures::future::join_all((0..5).map(|_| async { queue.place(&"z".into()).await.unwrap() }))
                .await;
        assert_eq!(again.len(), 5);
    }
}
