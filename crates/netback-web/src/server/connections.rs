//! Connections: a limit on how many, and on the time the head of a request takes.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use super::ServerSettings;

/// An open connection.
struct Open {
    number: u64,
    task: AbortHandle,
    /// Requests that are being answered.
    answering: Arc<AtomicUsize>,
}

/// A request that is being answered, until its answer is sent or dropped.
struct Work(Arc<AtomicUsize>);

impl Work {
    fn begin(counted: &Arc<AtomicUsize>) -> Work {
        counted.fetch_add(1, Ordering::AcqRel);
        Work(counted.clone())
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

pub(super) async fn accept(listener: &TcpListener, router: Router, settings: &ServerSettings) {
    let open: Arc<Mutex<VecDeque<Open>>> = Arc::default();
    for number in 0.. {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            // out of file handles, or a reader who left at once: others may still be served
            Err(_) => {
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            }
        };
        if !make_room(&open, settings.connections) {
            continue;
        }
        let answering = Arc::new(AtomicUsize::new(0));
        let service = TowerToHyperService::new(router.clone());
        let counted = answering.clone();
        let service = hyper::service::service_fn(move |request: Request<Incoming>| {
            let answer = hyper::service::Service::call(&service, request);
            let work = Work::begin(&counted);
            // an answer that is sent bit by bit is at work until its end
            async move {
                let answer: Result<Response, Infallible> = answer.await;
                answer.map(|response| {
                    response.map(|body| {
                        Body::new(body.map_frame(move |frame| {
                            let _at_work = &work;
                            frame
                        }))
                    })
                })
            }
        });
        let header_time = settings.header_time;
        let registered = open.clone();
        // registered before it can end: the lock is held until the entry stands
        let mut entries = open.lock().unwrap_or_else(PoisonError::into_inner);
        let task = tokio::spawn(async move {
            let _ = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(header_time)
                .serve_connection(TokioIo::new(stream), service)
                .await;
            let mut entries = registered.lock().unwrap_or_else(PoisonError::into_inner);
            entries.retain(|entry| entry.number != number);
        });
        entries.push_back(Open { number, task: task.abort_handle(), answering });
    }
}

/// Closes the oldest connection that waits for its reader, when there are too many; false when all are at work.
fn make_room(open: &Mutex<VecDeque<Open>>, limit: usize) -> bool {
    let mut entries = open.lock().unwrap_or_else(PoisonError::into_inner);
    entries.retain(|entry| !entry.task.is_finished());
    if entries.len() < limit {
        return true;
    }
    let idle = entries.iter().position(|entry| entry.answering.load(Ordering::Acquire) == 0);
    match idle.and_then(|at| entries.remove(at)) {
        Some(entry) => {
            entry.task.abort();
            true
        }
        None => false,
    }
}
