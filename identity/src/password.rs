//! Passwords: what they must be like, and their hashes: argon2id (RFC 9106) in the PHC string format, with 19 MiB of memory
//! and two passes, as OWASP's cheat sheet on password storage has it at the least.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use secrecy::{ExposeSecret as _, SecretString};
use thiserror::Error;

/// The fewest characters that a password may have.
pub const SHORTEST: usize = 12;

/// The most bytes that a password may have: more would make hashing it an attack.
pub const LONGEST: usize = 1024;

/// Bytes of a salt.
pub const SALT: usize = 16;

/// Memory for a hash, in KiB.
const MEMORY: u32 = 19 * 1024;

/// How often the memory is gone through.
const PASSES: u32 = 2;

/// The hash of a password that nobody has, to be compared with when there is none: who asks for a user that is not there waits
/// as long as who asks for one that is.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$d2hhcmZpbmdlciBub2JvZA$8BYzUJ4Xn8aZP9QGtVbJq4uT5cD6L0R0wq1gq1H0f3k";

/// Why a password was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PasswordError {
    /// It is shorter than [`SHORTEST`].
    #[error("the password is too short; use at least {SHORTEST} characters")]
    TooShort,
    /// It is longer than [`LONGEST`].
    #[error("the password is too long; use at most {LONGEST} bytes")]
    TooLong,
    /// It is the one that it is to take the place of.
    #[error("the password is the one you have; choose another")]
    Same,
    /// It is the user's name.
    #[error("the password is your name; choose another")]
    Name,
    /// The hash could not be made.
    #[error("the password cannot be hashed")]
    Hash,
}

/// Whether somebody of this name may have this password from now on, in place of the one given before it.
pub fn check(password: &SecretString, before: &SecretString, name: &str) -> Result<(), PasswordError> {
    let (text, before) = (password.expose_secret(), before.expose_secret());
    if text.chars().count() < SHORTEST {
        return Err(PasswordError::TooShort);
    }
    if text.len() > LONGEST {
        return Err(PasswordError::TooLong);
    }
    if text == before {
        return Err(PasswordError::Same);
    }
    if text.eq_ignore_ascii_case(name) {
        return Err(PasswordError::Name);
    }
    Ok(())
}

/// The hash to store, under a salt that nobody else has. Takes some hundredths of a second.
pub fn hash(password: &SecretString, salt: [u8; SALT]) -> Result<String, PasswordError> {
    let params = Params::new(MEMORY, PASSES, 1, None).map_err(|_| PasswordError::Hash)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash: PasswordHash =
        argon2.hash_password_with_salt(password.expose_secret().as_bytes(), &salt).map_err(|_| PasswordError::Hash)?;
    Ok(hash.to_string())
}

/// Whether this is the password of that hash; of no password when there is no hash, in the same time.
pub fn verify(password: &SecretString, hash: Option<&str>) -> bool {
    let Ok(stored) = PasswordHash::new(hash.unwrap_or(NOBODYS)) else { return false };
    let text = password.expose_secret();
    let text = if text.len() > LONGEST { "" } else { text };
    Argon2::default().verify_password(text.as_bytes(), &stored).is_ok() && hash.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> SecretString {
        SecretString::from(text)
    }

    #[test]
    fn a_password_fits_its_own_hash_only() {
        let hash = hash(&secret("correct horse battery"), [7; SALT]).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(verify(&secret("correct horse battery"), Some(&hash)));
        assert!(!verify(&secret("correct horse batterY"), Some(&hash)));
        assert!(!verify(&secret("correct horse battery"), Some("no hash")));
        assert!(!verify(&secret(&"x".repeat(LONGEST + 1)), Some(&hash)));
        assert!(!verify(&secret(""), None));
    }

    #[test]
    fn nobodys_hash_is_one_that_takes_as_long_as_any() {
        let stored = PasswordHash::new(NOBODYS).unwrap();
        let made = PasswordHash::new(&hash(&secret("x"), [7; SALT]).unwrap()).unwrap();
        assert_eq!((stored.algorithm, stored.version, stored.params), (made.algorithm, made.version, made.params));
    }

    #[test]
    fn a_password_is_long_enough_another_and_not_the_name() {
        let check = |text: &str| check(&secret(text), &secret("the one before"), "administrator");
        assert_eq!(check("long enough one"), Ok(()));
        assert_eq!(check("üüüüüüüüüüüü"), Ok(()));
        assert_eq!(check("short"), Err(PasswordError::TooShort));
        assert_eq!(check(&"x".repeat(LONGEST + 1)), Err(PasswordError::TooLong));
        assert_eq!(check("the one before"), Err(PasswordError::Same));
        assert_eq!(check("Administrator"), Err(PasswordError::Name));
    }
}
