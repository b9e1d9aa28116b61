//! Minor units of currencies (ISO 4217), as billing systems send amounts.

/// Digits after the point: 2 for most, 0 or 3 for some. Two currencies that ISO gives none (ISK, UGX) are sent by billing
/// APIs with two, and are counted so.
pub fn digits(currency: &str) -> u32 {
    match currency.to_uppercase().as_str() {
        "BIF" | "CLP" | "DJF" | "GNF" | "JPY" | "KMF" | "KRW" | "MGA" | "PYG" | "RWF" | "VND" | "VUV" | "XAF"
        | "XOF" | "XPF" => 0,
        "BHD" | "JOD" | "KWD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}
