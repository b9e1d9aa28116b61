//! SVG to PNG for the mail: at twice the shown size, opaque, with the embedded font and nothing from the machine.

use std::sync::Arc;

use anyhow::{Context, Result};
use resvg::{tiny_skia, usvg};

use super::templates;

const FAMILY: &str = "Open Sans";
const SCALE: f32 = 2.0;

/// Draws charts; the fonts are parsed once.
pub(super) struct Raster {
    fonts: Arc<usvg::fontdb::Database>,
}

impl Raster {
    pub(super) fn new() -> Raster {
        let mut fonts = usvg::fontdb::Database::new();
        for font in templates::fonts() {
            fonts.load_font_data(font.to_vec());
        }
        fonts.set_sans_serif_family(FAMILY);
        Raster { fonts: Arc::new(fonts) }
    }

    /// PNG bytes of an SVG document.
    pub(super) fn png(&self, svg: &str) -> Result<Vec<u8>> {
        let options =
            usvg::Options { fontdb: self.fonts.clone(), font_family: FAMILY.to_owned(), ..usvg::Options::default() };
        let tree = usvg::Tree::from_str(svg, &options).context("reading a chart's SVG")?;
        let size = tree.size();
        let (width, height) = ((size.width() * SCALE).round() as u32, (size.height() * SCALE).round() as u32);
        let mut pixmap = tiny_skia::Pixmap::new(width, height).context("a chart without a size")?;
        pixmap.fill(tiny_skia::Color::WHITE);
        resvg::render(&tree, tiny_skia::Transform::from_scale(SCALE, SCALE), &mut pixmap.as_mut());
        pixmap.encode_png().context("encoding a chart as PNG")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_leaves_ink_on_white() {
        let svg = r#"<svg xmlns="http://www.w3.org/2000/svg" width="80" height="20">
            <text x="2" y="15" font-size="14">81.0 % ▲</text></svg>"#;
        let png = Raster::new().png(svg).unwrap();
        let picture = tiny_skia::Pixmap::decode_png(&png).unwrap();
        assert_eq!((picture.width(), picture.height()), (160, 40));
        assert!(picture.pixels().iter().copied().all(|p| p.alpha() == u8::MAX));
        assert!(picture.pixels().iter().filter(|p| p.red() < 128).count() > 100);
    }
}
