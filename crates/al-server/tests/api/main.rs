//! The API as its clients meet it: over a socket, with tokens.

mod common;
mod faults;
mod loops;
mod shape;
mod tokens;
