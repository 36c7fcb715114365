//! Which sections of a page are steps, whether or not a request stands in them.

use super::Page;
use super::blocks::step_of;
use super::prose::step_number;
use super::words;

/// The sections of level 2 that are steps: numbered as such, or between the first and the last section with a request; but
/// not what stands before and after the work, such as *Prerequisites*.
pub fn told_steps(page: &Page) -> Vec<usize> {
    let steps = || page.exchanges.iter().map(|exchange| step_of(&page.sections, exchange.request.section));
    let (Some(first), Some(last)) = (steps().min(), steps().max()) else { return Vec::new() };
    let sections = page.sections.iter().enumerate().filter(|(_, section)| section.level == 2);
    let is_step = |index: usize, title: &str| {
        let is_numbered = step_number(title, words::STEP).is_some();
        (is_numbered || (first < index && index < last)) && !words::has_one(title, words::NO_STEP)
    };
    sections.filter(|(index, section)| is_step(*index, &section.title)).map(|(index, _)| index).collect()
}
