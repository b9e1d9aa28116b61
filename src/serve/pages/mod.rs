//! The pages of the web part.
