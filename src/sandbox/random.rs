//! Randomness that belongs to an entity: adding an account never changes what happens to another.

use fastrand::Rng;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

fn mix(seed: u64, kind: &str, number: u64) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for byte in kind.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash = hash.wrapping_add(number.wrapping_mul(0xbf58_476d_1ce4_e5b9));
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// The generator of entity `number` of `kind`.
pub fn rng(seed: u64, kind: &str, number: u64) -> Rng {
    Rng::with_seed(mix(seed, kind, number))
}

/// A vendor-like opaque id: `prefix` and `length` characters that depend on nothing but the entity.
pub fn id(seed: u64, prefix: &str, number: u64, length: usize) -> String {
    let mut rng = rng(seed, prefix, number);
    let mut text = String::with_capacity(prefix.len() + length);
    text.push_str(prefix);
    text.extend((0..length).map(|_| char::from(ALPHABET[rng.usize(0..62)])));
    text
}

/// A UUID in its text form.
pub fn uuid(seed: u64, kind: &str, number: u64) -> String {
    let (high, low) = (mix(seed, kind, number), mix(seed ^ 0x5bd1_e995, kind, number));
    format!(
        "{:08x}-{:04x}-7{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        0x8000 | (low >> 50),
        low & 0xffff_ffff_ffff
    )
}

/// How often something with this mean happened.
pub fn poisson(rng: &mut Rng, mean: f64) -> u32 {
    let limit = (-mean).exp();
    let (mut count, mut product) = (0, rng.f64());
    while product > limit {
        count += 1;
        product *= rng.f64();
    }
    count
}

/// A log-normal draw with this median.
pub fn around(rng: &mut Rng, median: f64, sigma: f64) -> f64 {
    let radius = (-2.0 * (1.0 - rng.f64()).ln()).sqrt();
    median * (sigma * radius * (std::f64::consts::TAU * rng.f64()).cos()).exp()
}
