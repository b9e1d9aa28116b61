//! Sizes as people write them: `"5MB"`, `"800 kB"`.

use std::str::FromStr;

use serde::Deserialize;

/// A number of bytes; five megabytes where nothing is said, which every mail server takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Size(pub u64);

impl Default for Size {
    fn default() -> Size {
        Size(5_000_000)
    }
}

impl TryFrom<String> for Size {
    type Error = String;

    fn try_from(text: String) -> Result<Size, String> {
        text.parse()
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Size, String> {
        let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(split);
        let factor = match unit.trim().to_ascii_lowercase().as_str() {
            "b" => Some(1),
            "kb" => Some(1_000),
            "mb" => Some(1_000_000),
            _ => None,
        };
        let bytes = number.parse::<u64>().ok().zip(factor).and_then(|(number, factor)| number.checked_mul(factor));
        bytes.map(Size).ok_or_else(|| format!("{text:?} is not a size; write \"5MB\" or \"800kB\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_numbers_with_a_unit() {
        let size = |text: &str| text.parse::<Size>().map(|size| size.0).ok();
        assert_eq!(size("5MB"), Some(5_000_000));
        assert_eq!(size("800 kB"), Some(800_000));
        assert_eq!(size("0B"), Some(0));
        for text in ["5", "", "MB", "-1MB", "1.5MB", "99999999999999MB", "5 GB"] {
            assert_eq!(size(text), None, "{text}");
        }
    }
}
