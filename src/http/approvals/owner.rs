//! Which of the user's processes serves the approvals page: the one that holds the lock. The others wait for it to end.
//!
//! Passkeys belong to a page that stays where it is, and clients start as many servers as they like.

use std::fs::File;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use axum::Router;
use fs4::FileExt;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::config::PAGE_LOCK;
use crate::error::Error;
use crate::http::run;
use crate::state_dir;

/// How soon a process takes over from one that has ended.
const LOOKS_AGAIN: Duration = Duration::from_secs(2);

/// Serve the page whenever it falls to this process, until `shutdown` fires.
pub(super) async fn serve_when_elected(state: &Path, port: u16, page: Router, shutdown: CancellationToken) {
    let mut is_failure_logged = false;
    loop {
        match take_page_lock(state) {
            Ok(Some(lock)) => match listeners(port).await {
                Ok(listeners) => {
                    tracing::info!("plans can be approved on http://localhost:{port}/approvals");
                    is_failure_logged = false;
                    serve(listeners, &page, &shutdown).await;
                    drop(lock);
                }
                Err(error) if !is_failure_logged => {
                    tracing::error!("the approvals page cannot be served: {error}");
                    is_failure_logged = true;
                }
                Err(_) => {}
            },
            Ok(None) => {}
            Err(error) if !is_failure_logged => {
                tracing::error!(%error, "the lock of the approvals page cannot be used; it is not served");
                is_failure_logged = true;
            }
            Err(_) => {}
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(LOOKS_AGAIN) => {}
        }
    }
}

/// The lock, when nobody else has it. It is released when the file is closed, however the process ends.
fn take_page_lock(state: &Path) -> std::io::Result<Option<File>> {
    state_dir::make_state_folder(state)?;
    let file = state_dir::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(state.join(PAGE_LOCK))?;
    Ok(FileExt::try_lock(&file).is_ok().then_some(file))
}

/// Both loopback addresses: `localhost` may be either, and somebody else at one of them could stand between.
async fn listeners(port: u16) -> Result<Vec<TcpListener>, Error> {
    let taken = |address: SocketAddr, error: &std::io::Error| {
        Error::operator(format!("{address} is not free ({error})")).hint(
            "approve nothing on a page there, and if another person of this machine uses the port, set `approvals.port` to one of your own",
        )
    };
    let first = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut listeners = vec![TcpListener::bind(first).await.map_err(|error| taken(first, &error))?];
    let second = SocketAddr::from((Ipv6Addr::LOCALHOST, port));
    match TcpListener::bind(second).await {
        Ok(listener) => listeners.push(listener),
        Err(error) if error.kind() == ErrorKind::AddrInUse || error.kind() == ErrorKind::PermissionDenied => {
            return Err(taken(second, &error));
        }
        Err(error) => tracing::debug!(%error, "no IPv6 on this machine"),
    }
    Ok(listeners)
}

async fn serve(listeners: Vec<TcpListener>, page: &Router, shutdown: &CancellationToken) {
    // When one of them fails, the other must not go on alone.
    let both = shutdown.child_token();
    let running = listeners.into_iter().map(|listener| {
        let (page, both) = (page.clone(), both.clone());
        async move {
            run(listener, page, both.clone()).await;
            both.cancel();
        }
    });
    futures::future::join_all(running).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_many_is_elected_and_another_follows() {
        let state = tempfile::tempdir().unwrap();
        let first = take_page_lock(state.path()).unwrap();
        assert!(first.is_some());
        assert!(take_page_lock(state.path()).unwrap().is_none());
        drop(first);
        assert!(take_page_lock(state.path()).unwrap().is_some());
    }

    #[tokio::test]
    async fn a_port_that_somebody_else_has_at_either_address_is_not_used() {
        let held = TcpListener::bind("[::1]:0").await;
        let Ok(held) = held else { return };
        let port = held.local_addr().unwrap().port();
        let error = listeners(port).await.unwrap_err().to_string();
        assert!(error.contains("approvals.port"), "{error}");
    }
}
