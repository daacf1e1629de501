"""The words of alert rules in the console: triggers, times, priorities, and the shipped rules."""

from collections.abc import Mapping

from tracker.domain.alerting.alert import AlertRule
from tracker.domain.alerting.custom_rule import RuleOccasion, RulePriority, RuleTrigger

TRIGGERS = (
    (RuleTrigger.PAGE.value, "A page is viewed"),
    (RuleTrigger.LINK.value, "A link or button is clicked"),
    (RuleTrigger.OPEN.value, "An email is opened"),
    (RuleTrigger.REPLY.value, "An email is answered"),
    (RuleTrigger.INQUIRY.value, "An inquiry is sent"),
    (RuleTrigger.FORM.value, "A form is sent"),
    (RuleTrigger.ACTIVITY.value, "The lead does anything"),
    (RuleTrigger.INACTIVE.value, "The lead does nothing for some days"),
    (RuleTrigger.SCORE.value, "The score reaches a number"),
    (RuleTrigger.COMPANY.value, "Several people of one company are on the site"),
)
OCCASIONS = (
    (RuleOccasion.EVERY.value, "Once in each visit"),
    (RuleOccasion.FIRST.value, "The first time"),
    (RuleOccasion.AGAIN.value, "In a later visit"),
    (RuleOccasion.AFTER_QUIET.value, "After quiet days"),
)
PRIORITIES = (
    (RulePriority.LOUD.value, "Loud"),
    (RulePriority.QUIET.value, "Quiet"),
    (RulePriority.DIGEST.value, "With the digest"),
    (RulePriority.OFF.value, "Off"),
)
SHIPPED_WORDS: Mapping[AlertRule, tuple[str, str]] = {
    AlertRule.REPLY: ("Reply", "The lead answers an email."),
    AlertRule.OTHER_READER: ("Forwarded email", "Someone else opens or clicks the lead’s email for the first time."),
    AlertRule.WATCHED_PAGE: ("Watched page", "A page is viewed that you chose with Alert me about this page."),
    AlertRule.PROPOSAL_OPENED: ("Proposal opened", "A proposal is opened for the first time."),
    AlertRule.HOT: ("Hot", "The score reaches “hot”."),
    AlertRule.PRICING_AGAIN: ("Pricing again", "A pricing page is viewed in a later visit."),
    AlertRule.PRICING: ("Pricing", "A pricing page is viewed for the first time."),
    AlertRule.BACK: ("Back after quiet days", "A click or a view after the quiet days."),
    AlertRule.OPENED_AGAIN: ("Email opened again", "An older email is opened after the quiet days."),
    AlertRule.CLICK: ("Click", "A link of an email is clicked."),
    AlertRule.FIRST_OPEN: ("First open", "An email is opened for the first time."),
    AlertRule.PARKED: ("Follow-up waits", "An email of a sequence or an automation failed, and waits for you."),
    AlertRule.FIGURE: ("Figures", "A figure of a report left its usual range last week. For managers and admins."),
    AlertRule.COMPANY: ("Company", "Two or more people of one company are on your site."),
}
"""Name and meaning of the shipped rules whose priority can be changed."""
