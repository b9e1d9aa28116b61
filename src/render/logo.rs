//! The company's logo: read once, small, on white, so that mail programs that invert colours leave it readable.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use resvg::{tiny_skia, usvg};
use serde::Serialize;

use crate::review::edition::Image;

/// Content-ID of the logo: the audit asks for figures in words of every other picture.
pub(super) const CID: &str = "logo@bizreview";
/// A larger file was not made for a letterhead.
const MAX_BYTES: u64 = 500_000;
/// Room in the letterhead, in CSS pixels; the picture has twice as many.
const MAX_WIDTH: f32 = 200.0;
const MAX_HEIGHT: f32 = 40.0;
const SCALE: f32 = 2.0;

/// A logo fit for mail and page.
#[derive(Debug, Clone)]
pub struct Logo {
    png: Vec<u8>,
    /// CSS pixels.
    width: u32,
    height: u32,
}

/// What templates print of it.
#[derive(Debug, Clone, Serialize)]
pub struct LogoView {
    pub cid: &'static str,
    /// `data:` address of the picture, for the page.
    pub src: String,
    pub width: u32,
    pub height: u32,
}

impl Logo {
    /// Reads a PNG or SVG file of at most 500 kB and fits it into 200 by 40 pixels.
    pub fn read(path: &Path) -> Result<Logo> {
        let bytes = std::fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?.len();
        ensure!(bytes <= MAX_BYTES, "{} is {bytes} bytes, more than {MAX_BYTES}", path.display());
        let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let logo = if bytes.starts_with(b"\x89PNG") { from_png(&bytes) } else { from_svg(&bytes) };
        logo.with_context(|| format!("{} cannot be used: a logo is a PNG or SVG file", path.display()))
    }

    pub(super) fn view(&self) -> LogoView {
        let data = base64::engine::general_purpose::STANDARD.encode(&self.png);
        LogoView { cid: CID, src: format!("data:image/png;base64,{data}"), width: self.width, height: self.height }
    }

    pub(super) fn image(&self, company: &str) -> Image {
        Image { cid: CID.to_owned(), file_name: "logo.png".to_owned(), png: self.png.clone(), alt: company.to_owned() }
    }
}

/// A white ground of the size that a picture of this size gets, and by how much it shrinks.
fn ground(width: f32, height: f32) -> Result<(tiny_skia::Pixmap, f32)> {
    ensure!(width >= 1.0 && height >= 1.0, "it has no size");
    let factor = (MAX_WIDTH / width).min(MAX_HEIGHT / height) * SCALE;
    let pixels = |length: f32| ((length * factor).round() as u32).max(1);
    let mut ground = tiny_skia::Pixmap::new(pixels(width), pixels(height)).context("it has no size")?;
    ground.fill(tiny_skia::Color::WHITE);
    Ok((ground, factor))
}

fn from_png(bytes: &[u8]) -> Result<Logo> {
    let picture = tiny_skia::Pixmap::decode_png(bytes).context("not a PNG picture")?;
    let (mut ground, factor) = ground(picture.width() as f32, picture.height() as f32)?;
    let paint = tiny_skia::PixmapPaint { quality: tiny_skia::FilterQuality::Bicubic, ..Default::default() };
    let transform = tiny_skia::Transform::from_scale(factor, factor);
    ground.draw_pixmap(0, 0, picture.as_ref(), &paint, transform, None);
    finish(&ground)
}

fn from_svg(bytes: &[u8]) -> Result<Logo> {
    let tree = usvg::Tree::from_data(bytes, &usvg::Options::default()).context("neither PNG nor SVG")?;
    let (mut ground, factor) = ground(tree.size().width(), tree.size().height())?;
    resvg::render(&tree, tiny_skia::Transform::from_scale(factor, factor), &mut ground.as_mut());
    finish(&ground)
}

fn finish(picture: &tiny_skia::Pixmap) -> Result<Logo> {
    let shown = |pixels: u32| (pixels as f32 / SCALE).round() as u32;
    let (width, height) = (shown(picture.width()).max(1), shown(picture.height()).max(1));
    Ok(Logo { png: picture.encode_png().context("encoding the logo")?, width, height })
}
