//! TLS before a proxy, with a certificate authority of its own, and a relay of bytes that can stop without closing anything.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::serve::Listener;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::proxy::Proxy;

/// A proxy over TLS, HTTP/2 first.
pub(crate) struct Secured {
    /// Its address, by the name that its certificate has.
    pub(crate) url: String,
    /// PEM file of the certificate authority.
    pub(crate) authority: PathBuf,
    relay: Arc<Relay>,
}

#[derive(Default)]
struct Relay {
    connections: AtomicUsize,
    /// Connections with a lower number carry nothing any more.
    silent: AtomicUsize,
}

impl Secured {
    /// Serve a proxy over TLS; the certificate of the authority is written into `folder`.
    pub(crate) async fn start(proxy: &Proxy, folder: &Path) -> Self {
        let (config, authority) = certificates();
        let path = folder.join("authority.pem");
        std::fs::write(&path, authority).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let behind = listener.local_addr().unwrap();
        let secured = TlsListener { listener, acceptor: TlsAcceptor::from(Arc::new(config)) };
        let app = proxy.app();
        tokio::spawn(async move { axum::serve(secured, app).await });
        let front = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = front.local_addr().unwrap().port();
        let relay = Arc::new(Relay::default());
        let shared = relay.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = front.accept().await {
                let number = shared.connections.fetch_add(1, Ordering::SeqCst);
                let server = TcpStream::connect(behind).await.unwrap();
                tokio::spawn(carry(client, server, number, shared.clone()));
            }
        });
        Self { url: format!("https://localhost:{port}"), authority: path, relay }
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.relay.connections.load(Ordering::SeqCst)
    }

    /// The connections of now carry nothing any more, and stay open. New ones work.
    pub(crate) fn silence(&self) {
        self.relay.silent.store(self.connections(), Ordering::SeqCst);
    }
}

fn certificates() -> (ServerConfig, String) {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let authority = params.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(params, key);
    let own_key = KeyPair::generate().unwrap();
    let own =
        CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&own_key, &issuer).unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(own_key.serialize_der()));
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![own.der().clone()], private)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    (config, authority)
}

struct TlsListener {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, address) = self.listener.accept().await.unwrap();
            // A client that does not trust the certificate ends the handshake.
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

/// Carry bytes both ways until the connection is to be silent; then hold both ends open.
async fn carry(client: TcpStream, server: TcpStream, number: usize, relay: Arc<Relay>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let is_silent = || number < relay.silent.load(Ordering::SeqCst);
    let up = async {
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(read @ 1..) = from_client.read(&mut buffer).await {
            if !is_silent() && to_server.write_all(&buffer[..read]).await.is_err() {
                break;
            }
        }
    };
    let down = async {
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(read @ 1..) = from_server.read(&mut buffer).await {
            if !is_silent() && to_client.write_all(&buffer[..read]).await.is_err() {
                break;
            }
        }
    };
    tokio::select! {
        () = up => {}
        () = down => {}
    }
}
