//! A limit on the number of open connections: one too many is closed at once, before its handshake.

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum_server::accept::Accept;
use futures_util::future::{Either, Ready, ready};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::Service;

/// Accepts as another does, while there is room.
#[derive(Debug, Clone)]
pub(super) struct Limited<A> {
    inner: A,
    room: Arc<Semaphore>,
}

impl<A> Limited<A> {
    pub(super) fn new(inner: A, connections: usize) -> Self {
        Self { inner, room: Arc::new(Semaphore::new(connections)) }
    }
}

impl<A, I, S> Accept<I, S> for Limited<A>
where
    A: Accept<I, Counted<S>>,
{
    type Stream = A::Stream;
    type Service = A::Service;
    type Future = Either<A::Future, Ready<io::Result<(A::Stream, A::Service)>>>;

    fn accept(&self, stream: I, service: S) -> Self::Future {
        match Arc::clone(&self.room).try_acquire_owned() {
            Ok(place) => Either::Left(self.inner.accept(stream, Counted { service, _place: Arc::new(place) })),
            Err(_) => Either::Right(ready(Err(io::Error::other("too many connections")))),
        }
    }
}

/// The service of one connection, which takes its place until it is dropped with the connection.
#[derive(Debug, Clone)]
pub(super) struct Counted<S> {
    service: S,
    _place: Arc<OwnedSemaphorePermit>,
}

impl<S: Service<R>, R> Service<R> for Counted<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: R) -> S::Future {
        self.service.call(request)
    }
}

#[cfg(test)]
mod tests {
    use axum_server::accept::DefaultAcceptor;

    use super::*;

    #[tokio::test]
    async fn a_connection_too_many_is_refused_until_another_ends() {
        let limited = Limited::new(DefaultAcceptor::new(), 1);
        let first = limited.accept((), ()).await.unwrap();
        assert!(limited.accept((), ()).await.is_err());
        drop(first);
        assert!(limited.accept((), ()).await.is_ok());
    }
}
