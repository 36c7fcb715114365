//! The life of reviews on a whole tenant, by properties: whatever people do and however time passes.
//!
//! A plan is a random tenant, random reviews and random deeds, each with the moment at which it is done. It is played
//! through the emulator's [`Service`], with no socket in between, once in the leaps that the deeds ask for and once in
//! many small ones.

mod plan;
mod play;

use proptest::prelude::*;
use serde_json::Value;

use plan::{Plan, any_plan};
use play::{Play, Rest};

proptest! {
    // Shrinking plays whole tenants again: some dozens of attempts are enough to see what is wrong.
    #![proptest_config(ProptestConfig { cases: 20, max_shrink_iters: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_leap_or_a_thousand_small_ones_end_the_same(plan in any_plan(), steps in proptest::collection::vec(1i64..40_000, 0..25)) {
        let in_leaps = Play::of(&plan, &[]).rest();
        let in_steps = Play::of(&plan, &steps).rest();
        prop_assert_eq!(in_leaps.tenant, in_steps.tenant);
    }

    #[test]
    fn no_status_goes_backwards_and_no_decision_changes_after_the_end(
        plan in any_plan(), steps in proptest::collection::vec(1i64..90_000, 10..25)
    ) {
        let Rest { seen, .. } = Play::of(&plan, &steps).rest();
        for (instance, history) in seen {
            for pair in history.windows(2) {
                prop_assert!(pair[0].status <= pair[1].status, "{instance}: {:?} then {:?}", pair[0].status, pair[1].status);
                if pair[0].status >= play::OVER {
                    for (item, before) in &pair[0].decisions {
                        let after = &pair[1].decisions[item];
                        // Only the default decision may still be recorded, where there was none.
                        let default = before == "NotReviewed" && pair[0].status < play::AUTO_REVIEWED;
                        prop_assert!(before == after || default, "{instance}/{item}: {before} became {after}");
                    }
                }
            }
        }
    }

    #[test]
    fn applying_leaves_exactly_the_members_who_were_not_denied(plan in any_plan()) {
        let quiet = Plan { series: false, ..plan };
        let Rest { outcomes, .. } = Play::of(&quiet, &[]).rest();
        for outcome in outcomes {
            for (principal, decision, result) in &outcome.items {
                let stays = outcome.members.contains(principal);
                match (decision.as_str(), result.as_str()) {
                    ("Deny", "AppliedSuccessfully") => prop_assert!(!stays && outcome.managed, "{outcome:?}"),
                    ("Deny", "AppliedSuccessfullyButObjectNotFound") => prop_assert!(!stays, "{outcome:?}"),
                    ("Deny", "ApplyNotSupported") => {
                        prop_assert!(!outcome.managed || !outcome.before.contains(principal), "{outcome:?}");
                        prop_assert_eq!(stays, outcome.before.contains(principal), "{:?}", outcome);
                    }
                    ("Approve", "AppliedSuccessfully") | ("NotReviewed" | "DontKnow", "New") => {
                        prop_assert_eq!(stays, outcome.before.contains(principal), "{:?}", outcome);
                    }
                    other => prop_assert!(false, "{other:?} in {outcome:?}"),
                }
            }
            let reviewed = |id: &String| outcome.items.iter().any(|(principal, ..)| principal == id);
            let others = |ids: &[String]| ids.iter().filter(|id| !reviewed(id)).cloned().collect::<Vec<_>>();
            prop_assert_eq!(others(&outcome.before), others(&outcome.members), "who was not reviewed is not touched");
        }
    }

    #[test]
    fn every_answer_of_a_tenant_has_its_shape(plan in any_plan()) {
        let play = Play::of(&plan, &[]);
        for (path, body) in play.everything() {
            crate::served::agrees("GET", &path, 200, Some(&body), &format!("{path}: {body}"));
            let listed = body["value"].as_array().map(Vec::as_slice).unwrap_or_default();
            prop_assert!(listed.iter().all(|item| item.get("id").is_some_and(Value::is_string)), "{path}: {body}");
        }
    }
}
