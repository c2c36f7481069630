//! Where randomness comes from; a test can fix it.

/// Gives random bytes fit for secrets.
pub trait Random: Send + Sync + 'static {
    /// Fills this with random bytes.
    fn fill(&self, bytes: &mut [u8]);
}

impl dyn Random {
    /// So many random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// A random number.
    pub fn number(&self) -> i64 {
        i64::from_be_bytes(self.bytes())
    }
}

/// Tells the time; a test can fix it.
pub trait Clock: Send + Sync + 'static {
    /// The instant it is now.
    fn now(&self) -> wharfinger_domain::time::Timestamp;
}
