//! One question is answered at a time, off the threads that serve; few may wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, Bytes};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::spawn_blocking;
use tokio_stream::wrappers::UnboundedReceiverStream;

#[derive(Clone)]
pub(super) struct Queue {
    turn: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    limit: usize,
}

/// A place in the queue, given back when the question is answered or its reader goes.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// The reader has gone.
struct Gone;

impl Queue {
    pub fn new(limit: usize) -> Queue {
        Queue { turn: Arc::new(Semaphore::new(1)), waiting: Arc::new(AtomicUsize::new(0)), limit }
    }

    fn place(&self) -> Option<Place> {
        let before = self.waiting.fetch_add(1, Ordering::AcqRel);
        let place = Place(self.waiting.clone());
        (before <= self.limit).then_some(place)
    }

    /// The answer to a question; none when too many wait. A reader who goes while waiting is never answered.
    pub async fn ask<T: Send + 'static>(&self, question: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let place = self.place()?;
        let turn = self.turn.clone().acquire_owned().await.ok()?;
        let answer = spawn_blocking(move || {
            let _held = (place, turn);
            question()
        });
        match answer.await {
            Ok(answer) => Some(answer),
            // the last resort of the server says the sentence
            Err(failed) => std::panic::resume_unwind(failed.into_panic()),
        }
    }

    /// The events of a long question as a body; none when too many wait.
    ///
    /// `question` gets a way to send events; when the reader has gone, sending unwinds, so that nothing more is
    /// solved for nobody.
    pub fn stream(
        &self,
        question: impl FnOnce(&(dyn Fn(&str, &serde_json::Value) + Sync)) + Send + 'static,
    ) -> Option<Body> {
        let place = self.place()?;
        let turn = self.turn.clone();
        let (sender, receiver) = mpsc::unbounded_channel::<Result<Bytes, std::convert::Infallible>>();
        tokio::spawn(async move {
            let turn = tokio::select! {
                turn = turn.acquire_owned() => turn,
                () = sender.closed() => return,
            };
            let _ = spawn_blocking(move || {
                let _held = (place, turn);
                question(&|event, data| {
                    let text = format!("event: {event}\ndata: {data}\n\n");
                    if sender.send(Ok(Bytes::from(text))).is_err() {
                        std::panic::resume_unwind(Box::new(Gone));
                    }
                });
            })
            .await;
        });
        Some(Body::from_stream(UnboundedReceiverStream::new(receiver)))
    }
}
