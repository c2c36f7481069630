//! Translates an AdmissionReview to decisions and back.
