//! The certificate of the server: from files, or self-made.

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{Timestamp, ToSpan, tz::TimeZone};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tempfile::NamedTempFile;
use tokio_rustls::TlsAcceptor;

/// The name of HTTP/2 in TLS (RFC 7301).
pub(super) const HTTP2: &[u8] = b"h2";

/// A certificate with its key.
#[derive(Clone)]
pub struct Tls {
    config: Arc<ServerConfig>,
    trusted: String,
}

/// The reason why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A file has something else in it.
    #[error("expected {expected} in {}: {source}", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// The content that it was to have.
        expected: &'static str,
        /// The fault in it.
        source: pem::Error,
    },
    /// Key and certificate cannot be used.
    #[error("cannot use the certificate of {} with the key of {}: {source}", certificate.display(), key.display())]
    Unusable {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// The fault of the pair: key and certificate do not belong together, say.
        source: rustls::Error,
    },
    /// No certificate can be made.
    #[error("cannot make a certificate: {0}")]
    Generate(#[from] rcgen::Error),
    /// The made certificate cannot be used.
    #[error("cannot use the certificate that was made: {0}")]
    Configure(#[from] rustls::Error),
    /// The certificate cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

impl Tls {
    /// The certificate of `certificate` (PEM, the server's first, then those that lead to its root) with the key of `key`
    /// (PEM; PKCS #8, PKCS #1 or SEC 1).
    ///
    /// # Errors
    ///
    /// If a file cannot be read or holds no such thing, or the two do not belong together.
    pub fn from_files(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let chain_pem = read(certificate)?;
        let chain: Result<Vec<CertificateDer<'static>>, pem::Error> =
            CertificateDer::pem_slice_iter(&chain_pem).collect();
        let chain = chain.and_then(|chain| if chain.is_empty() { Err(pem::Error::NoItemsFound) } else { Ok(chain) });
        let chain = chain.map_err(|source| malformed(certificate, "a certificate in PEM", source))?;
        let private = PrivateKeyDer::from_pem_slice(&read(key)?)
            .map_err(|source| malformed(key, "an unencrypted private key in PEM", source))?;
        let config = config(chain, private).map_err(|source| TlsError::Unusable {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            source,
        })?;
        Ok(Self { config, trusted: String::from_utf8_lossy(&chain_pem).into_owned() })
    }

    /// A certificate for `localhost`, `127.0.0.1` and `::1`, issued by an authority that exists for it alone: its key is
    /// gone when this returns, so that trusting it lets nobody else in. Valid for a year.
    ///
    /// # Errors
    ///
    /// If the system has no randomness to make keys of.
    pub fn self_made() -> Result<Self, TlsError> {
        let mut root = validity(CertificateParams::new([])?);
        root.distinguished_name.push(DnType::CommonName, "graphwalk emulator (this run only)");
        root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let root = CertifiedIssuer::self_signed(root, KeyPair::generate()?)?;
        let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
        let mut server = validity(CertificateParams::new(names)?);
        server.distinguished_name.push(DnType::CommonName, "localhost");
        server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        server.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        let certificate = server.signed_by(&key, &root)?;
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = config(vec![certificate.der().clone(), root.der().clone()], private)?;
        Ok(Self { config, trusted: root.pem() })
    }

    /// Returns the certificates that a client must trust, in PEM: the self-made authority, or those of the file.
    pub fn trusted_pem(&self) -> &str {
        &self.trusted
    }

    /// Writes [`trusted_pem`](Self::trusted_pem) to a file, whole or not at all.
    ///
    /// # Errors
    ///
    /// If nothing can be written there.
    pub fn write_trusted(&self, path: &Path) -> Result<(), TlsError> {
        let write = || {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let mut file = NamedTempFile::new_in(folder)?;
            file.write_all(self.trusted.as_bytes())?;
            file.persist(path).map_err(|error| error.error)?;
            Ok(())
        };
        write().map_err(|source| TlsError::Write { path: path.to_owned(), source })
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config))
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|source| TlsError::Read { path: path.to_owned(), source })
}

fn malformed(path: &Path, expected: &'static str, source: pem::Error) -> TlsError {
    TlsError::Pem { path: path.to_owned(), expected, source }
}

fn config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<Arc<ServerConfig>, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![HTTP2.to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// From yesterday, because clocks differ, for a year: some clients refuse more than 825 days.
fn validity(mut params: CertificateParams) -> CertificateParams {
    let today = TimeZone::UTC.to_datetime(Timestamp::now()).date();
    let from = today.saturating_sub(1.day());
    let until = today.saturating_add(1.year());
    let at = |date: jiff::civil::Date| date_time_ymd(i32::from(date.year()), date.month() as u8, date.day() as u8);
    (params.not_before, params.not_after) = (at(from), at(until));
    params
}
