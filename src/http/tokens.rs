//! Bearer tokens: each belongs to one principal. A token file that changes is read again at the next request, so that a token
//! that was replaced is refused at once, and streams that were opened with it end. Main type: [`Tokens`].

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::call::Principal;
use crate::config::{HttpConfig, SecretSource, secret_in_file};
use crate::error::Error;
use crate::state_dir;

/// Fewest characters of a token: enough to withstand guessing.
const TOKEN_CHARACTERS: usize = 32;

/// Random bytes of a token that is made here.
const TOKEN_BYTES: usize = 32;

/// The token that is made where none is configured, in the state folder.
const GENERATED_FILE: &str = "http-token";

/// Principal of the token that is made here.
const GENERATED_PRINCIPAL: &str = "default";

/// Principal of the one token of the older setting `http.token`.
const SINGLE_PRINCIPAL: &str = "bearer";

/// A file that was changed this short a time before it was read may change again without a new time of change.
const SETTLED: Duration = Duration::from_secs(2);

/// How often it is looked whether the token of a stream is still good.
const LOOKED_AFTER: Duration = Duration::from_secs(1);

type Hash = [u8; 32];

/// All tokens that callers may show. Cloning is free.
#[derive(Clone)]
pub struct Tokens(Arc<Vec<Token>>);

struct Token {
    principal: Principal,
    source: Source,
}

enum Source {
    /// A token that stays the same until the process ends.
    Fixed(Hash),
    File(TokenFile),
}

struct TokenFile {
    path: PathBuf,
    known: Mutex<FileContent>,
}

/// What a token file held when it was last read.
#[derive(Clone)]
struct FileContent {
    stamp: Option<Stamp>,
    /// `None` for a file that holds no usable token: then nobody is this principal.
    hash: Option<Hash>,
}

/// By what a changed file is recognized.
#[derive(Clone, PartialEq, Eq)]
struct Stamp {
    modified: SystemTime,
    length: u64,
    #[cfg(unix)]
    inode: (u64, i64, i64),
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|token| &token.principal.0)).finish()
    }
}

impl Tokens {
    /// The configured tokens. Where none is configured, one is made at the first start and kept in the state folder.
    ///
    /// # Errors
    /// When a token cannot be read or is too short, or when two principals have the same one.
    pub async fn open(config: &HttpConfig, state: &Path) -> Result<Self, Error> {
        let mut tokens = Vec::new();
        for token in &config.tokens {
            tokens.push(Token::in_file(&token.name, &token.file)?);
        }
        if let Some(source) = &config.token {
            tracing::warn!(
                "`http.token` is the older setting for a single token: use `http.tokens`, which gives each caller a token and a name"
            );
            tokens.push(Token::of_source(source).await?);
        }
        if tokens.is_empty() {
            let path = generated_token_path(state)?;
            tracing::info!("callers must show the bearer token in {}", path.display());
            tokens.push(Token::in_file(GENERATED_PRINCIPAL, &path)?);
        }
        for (position, token) in tokens.iter().enumerate() {
            if let Some(other) = tokens.iter().take(position).find(|other| other.hash() == token.hash()) {
                return Err(Error::operator(format!(
                    "the HTTP callers `{}` and `{}` have the same bearer token",
                    other.principal.0, token.principal.0
                ))
                .hint("give each a token of its own"));
            }
        }
        Ok(Self(Arc::new(tokens)))
    }

    /// Whose token this is.
    pub(super) fn principal_of(&self, shown: &str) -> Option<Principal> {
        self.principal_of_hash(&hash_of(shown))
    }

    /// What tells later whether a token is still its principal's.
    pub(super) fn lease(&self, shown: &str, principal: Principal) -> Lease {
        Lease { tokens: self.clone(), hash: hash_of(shown), principal }
    }

    fn principal_of_hash(&self, shown: &Hash) -> Option<Principal> {
        // All are compared, and hashes have one length, so the time says nothing about a token.
        let mut fitting = None;
        for token in self.0.iter() {
            let fits: bool = token.hash().is_some_and(|hash| hash.ct_eq(shown).into());
            if fits && fitting.is_some() {
                tracing::error!(
                    "two HTTP callers have the same bearer token, which is refused until it is changed"
                );
                return None;
            }
            if fits {
                fitting = Some(token.principal.clone());
            }
        }
        fitting
    }
}

/// A token that was shown with a request whose answer goes on.
pub(super) struct Lease {
    tokens: Tokens,
    hash: Hash,
    principal: Principal,
}

impl Lease {
    /// Returns when the token is not its principal's any more.
    pub(super) async fn wait_for_end(self) {
        loop {
            tokio::time::sleep(LOOKED_AFTER).await;
            if self.tokens.principal_of_hash(&self.hash).as_ref() != Some(&self.principal) {
                return;
            }
        }
    }
}

impl Token {
    fn in_file(name: &str, path: &Path) -> Result<Self, Error> {
        let secret = secret_in_file(path)?;
        refuse_weak(&secret, name)?;
        if let Some(warning) = SecretSource::File(path.to_owned()).warning() {
            tracing::warn!("{warning}");
        }
        let file =
            TokenFile { path: path.to_owned(), known: Mutex::new(FileContent { stamp: None, hash: None }) };
        Ok(Self { principal: Principal(name.to_owned()), source: Source::File(file) })
    }

    async fn of_source(source: &SecretSource) -> Result<Self, Error> {
        if let SecretSource::File(path) = source {
            return Self::in_file(SINGLE_PRINCIPAL, path);
        }
        let secret = source.read().await?;
        refuse_weak(&secret, SINGLE_PRINCIPAL)?;
        let hash = hash_of(secret.expose_secret());
        Ok(Self { principal: Principal(SINGLE_PRINCIPAL.to_owned()), source: Source::Fixed(hash) })
    }

    fn hash(&self) -> Option<Hash> {
        match &self.source {
            Source::Fixed(hash) => Some(*hash),
            Source::File(file) => file.hash(&self.principal.0),
        }
    }
}

impl TokenFile {
    /// The hash of the token that the file holds now.
    fn hash(&self, name: &str) -> Option<Hash> {
        let stamp = std::fs::metadata(&self.path).ok().and_then(|metadata| Stamp::of(&metadata));
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if stamp.is_some() && known.stamp == stamp {
            return known.hash;
        }
        let token = secret_in_file(&self.path).and_then(|secret| {
            refuse_weak(&secret, name)?;
            Ok(hash_of(secret.expose_secret()))
        });
        let hash = match token {
            Ok(hash) => Some(hash),
            Err(error) => {
                if known.hash.is_some() {
                    tracing::error!(%error, "the HTTP caller `{name}` is refused until its token can be read again");
                }
                None
            }
        };
        *known = FileContent { stamp: stamp.filter(Stamp::is_settled), hash };
        hash
    }
}

impl Stamp {
    fn of(metadata: &Metadata) -> Option<Self> {
        Some(Self {
            modified: metadata.modified().ok()?,
            length: metadata.len(),
            #[cfg(unix)]
            inode: {
                use std::os::unix::fs::MetadataExt;
                (metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
            },
        })
    }

    fn is_settled(&self) -> bool {
        SystemTime::now().duration_since(self.modified).is_ok_and(|age| age > SETTLED)
    }
}

fn hash_of(token: &str) -> Hash {
    Sha256::digest(token.as_bytes()).into()
}

fn refuse_weak(token: &SecretString, name: &str) -> Result<(), Error> {
    if token.expose_secret().chars().count() >= TOKEN_CHARACTERS {
        return Ok(());
    }
    Err(Error::operator(format!("the bearer token of the HTTP caller `{name}` is too short")).hint(format!(
        "use at least {TOKEN_CHARACTERS} random characters, such as the output of `openssl rand -hex 32`"
    )))
}

/// The path of the token in the state folder, which is made by whichever process comes first.
fn generated_token_path(state: &Path) -> Result<PathBuf, Error> {
    let path = state.join(GENERATED_FILE);
    let failed = |why: String| {
        Error::operator(format!(
            "the bearer token {} cannot be made: {why}; or set `http.tokens`",
            path.display()
        ))
    };
    if path.exists() {
        return match SecretSource::File(path.clone()).warning() {
            None => Ok(path),
            Some(warning) => Err(Error::operator(format!("{warning}, or delete it for a new token"))),
        };
    }
    state_dir::make_state_folder(state).map_err(|error| failed(error.to_string()))?;
    let mut bytes = [0_u8; TOKEN_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| failed(error.to_string()))?;
    let text = BASE64_URL_SAFE_NO_PAD.encode(bytes);
    // Nobody reads a half of it, and of two processes one wins.
    match state_dir::write_new(&path, format!("{text}\n").as_bytes()) {
        Ok(()) => Ok(path),
        Err(_) if path.exists() => Ok(path),
        Err(error) => Err(failed(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::TokenConfig;

    const ONE: &str = "0123456789abcdef0123456789abcdef";
    const TWO: &str = "fedcba9876543210fedcba9876543210";

    fn config(tokens: &[(&str, &Path)]) -> HttpConfig {
        let tokens = tokens
            .iter()
            .map(|(name, file)| TokenConfig { name: (*name).to_owned(), file: file.to_path_buf() })
            .collect();
        HttpConfig { tokens, ..HttpConfig::default() }
    }

    #[tokio::test]
    async fn a_token_is_compared_whole_and_names_its_principal() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        std::fs::write(&one, format!("{ONE}\n")).unwrap();
        std::fs::write(&two, TWO).unwrap();
        let tokens = Tokens::open(&config(&[("anna", &one), ("ben", &two)]), folder.path()).await.unwrap();
        assert_eq!(tokens.principal_of(ONE), Some(Principal("anna".to_owned())));
        assert_eq!(tokens.principal_of(TWO), Some(Principal("ben".to_owned())));
        for wrong in ["0123456789abcdef0123456789abcdee", "0123456789abcdef", ""] {
            assert_eq!(tokens.principal_of(wrong), None, "{wrong}");
        }
    }

    #[tokio::test]
    async fn a_file_that_changes_counts_at_once_and_one_that_is_gone_admits_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        std::fs::write(&file, ONE).unwrap();
        // Long ago, so that what was read is remembered.
        std::fs::File::open(&file).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
        let tokens = Tokens::open(&config(&[("anna", &file)]), folder.path()).await.unwrap();
        assert!(tokens.principal_of(ONE).is_some() && tokens.principal_of(ONE).is_some());
        std::fs::write(&file, TWO).unwrap();
        assert!(tokens.principal_of(ONE).is_none() && tokens.principal_of(TWO).is_some());
        // Again at once, with the same length.
        std::fs::write(&file, ONE).unwrap();
        assert!(tokens.principal_of(TWO).is_none() && tokens.principal_of(ONE).is_some());
        std::fs::write(&file, "short").unwrap();
        assert!(tokens.principal_of("short").is_none() && tokens.principal_of(ONE).is_none());
        std::fs::remove_file(&file).unwrap();
        assert!(tokens.principal_of(ONE).is_none() && tokens.principal_of("").is_none());
    }

    #[tokio::test]
    async fn one_token_of_two_callers_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        std::fs::write(&one, ONE).unwrap();
        std::fs::write(&two, ONE).unwrap();
        let config = config(&[("anna", &one), ("ben", &two)]);
        assert!(
            Tokens::open(&config, folder.path()).await.unwrap_err().to_string().contains("`anna` and `ben`")
        );
        std::fs::write(&two, TWO).unwrap();
        let tokens = Tokens::open(&config, folder.path()).await.unwrap();
        std::fs::write(&two, ONE).unwrap();
        assert!(tokens.principal_of(ONE).is_none());
    }

    #[tokio::test]
    async fn without_a_configured_token_one_is_made_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        Tokens::open(&HttpConfig::default(), &state).await.unwrap();
        let path = state.join(GENERATED_FILE);
        let made = std::fs::read_to_string(&path).unwrap();
        let again = Tokens::open(&HttpConfig::default(), &state).await.unwrap();
        assert_eq!(again.principal_of(made.trim()), Some(Principal(GENERATED_PRINCIPAL.to_owned())));
        assert_eq!(std::fs::read_dir(&state).unwrap().count(), 1, "nothing else is left");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&path), 0o600);
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
            assert!(Tokens::open(&HttpConfig::default(), &state).await.is_err());
        }
    }
}
