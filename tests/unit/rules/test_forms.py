"""Forms: which are the same, and what kind they are guessed to be."""

from datetime import UTC, datetime

import pytest

from tracker.domain.activity.form import Form, FormField, FormKind, FormShape
from tracker.rules.forms.guess import guess
from tracker.rules.forms.identity import LONGEST_NAME, MOST_FIELDS, identity_of, stem
from tracker.rules.forms.texts import KIND_NAMES, act_of, label_of

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
PAGE = "https://www.acme.example/products"
INQUIRY, NEWSLETTER, SIGN_IN, SEARCH, OTHER = FormKind.INQUIRY, FormKind.NEWSLETTER, FormKind.SIGN_IN, FormKind.SEARCH, FormKind.OTHER


def shape(fields: str, name: str = "", action: str = "", **more: str) -> FormShape:
    """A form with an id; fields as `type:name type:name`, where the type defaults to text."""
    pairs = (field.rpartition(":") for field in fields.split())
    return FormShape(id=name, action=action, fields=tuple(FormField(kind or "text", field) for kind, _, field in pairs), **more)


def guessed(fields: str, name: str = "", action: str = "", **more: str) -> FormKind:
    return guess(identity_of(PAGE, None, shape(fields, name, action, **more)))


@pytest.mark.parametrize(
    ("kind", "fields", "name", "action"),
    [
        # Contact Form 7, whose address is the page itself
        (INQUIRY, "your-name email:your-email your-subject textarea:your-message", "", f"{PAGE}"),
        # Gravity Forms and Wix name fields by number
        (INQUIRY, "input_1 email:input_3 textarea:input_4 hidden:gform_submit", "gform_2", ""),
        (INQUIRY, "comp-lqz3k1f2 email:comp-lqz3k1f3 textarea:comp-lqz3k1f9", "comp-lqz3k1f1", ""),
        # HubSpot
        (
            INQUIRY,
            "firstname lastname email:email tel:phone company select-one:numemployees",
            "hsForm_3fd5a9b1-1a2b-4c3d-9e8f-0123456789ab_48",
            "",
        ),
        (NEWSLETTER, "email:email checkbox:LEGAL_CONSENT.subscription_type_5", "hsForm_3fd5a9b1-1a2b-4c3d-9e8f-0123456789ab", ""),
        # Elementor, Webflow, Squarespace, WPForms, Ninja Forms, Formspree, JotForm, Typeform's embedded fallback
        (INQUIRY, "form_fields[name] email:form_fields[email] textarea:form_fields[message]", "contact_form", ""),
        (INQUIRY, "Name email:Email-2 textarea:Message checkbox:Privacy", "wf-form-Contact", ""),
        (INQUIRY, "wpforms[fields][0][first] email:wpforms[fields][1] textarea:wpforms[fields][2]", "wpforms-form-87", ""),
        (INQUIRY, "email:_replyto textarea:message", "", "https://formspree.io/f/xbjvlkqz"),
        (INQUIRY, "q3_name[first] email:q4_email textarea:q6_typeA", "230123456789", "https://submit.jotform.com/submit/230123456789"),
        (INQUIRY, "full_name email:work_email company_name job_title", "demo-request", ""),
        # captchas and traps are no message
        (NEWSLETTER, "email:email textarea:g-recaptcha-response text:hp-7", "footer", ""),
        (INQUIRY, "name tel:rueckruf", "callback", ""),
        (INQUIRY, "email:email date:date select-one:slot", "", ""),
        # Mailchimp
        (
            NEWSLETTER,
            "email:EMAIL FNAME LNAME b_0a1b2c3d4e5f60718293a4b5c_0a1b2c3d4e",
            "mc-embedded-subscribe-form",
            "https://acme.us1.list-manage.com/subscribe/post",
        ),
        (NEWSLETTER, "email:EMAIL FNAME COMPANY MMERGE3", "mc-embedded-subscribe-form", ""),
        (NEWSLETTER, "email:fields[email]", "", "https://assets.mailerlite.com/jsonp/1/forms/2/subscribe"),
        (NEWSLETTER, "email:email", "", ""),
        (NEWSLETTER, "text:email text:prenom checkbox:rgpd", "infolettre", ""),
        # searches
        (SEARCH, "search:s", "", "https://www.acme.example/"),
        (SEARCH, "q", "", "https://www.acme.example/search"),
        (SEARCH, "text:query select-one:category", "", ""),
        (SEARCH, "text:suchbegriff", "", ""),
        (SEARCH, "text:keywords select-one:forum", "phpbb-search", ""),
        # signing in: WordPress, phpBB, Shopify, by link, by code, registration
        (SIGN_IN, "log password: checkbox:rememberme", "loginform", "https://www.acme.example/wp-login.php"),
        (SIGN_IN, "username password: checkbox:autologin", "login", "https://www.acme.example/ucp.php"),
        (SIGN_IN, "email:customer[email] password:", "customer_login", ""),
        (SIGN_IN, "name email:email tel:phone password: password:", "register", ""),
        (SIGN_IN, "email:user_login", "lostpasswordform", ""),
        (SIGN_IN, "email:email", "magic-link", ""),
        (SIGN_IN, "text:otp", "", ""),
        # everything else
        (OTHER, "author email:email url:url textarea:comment", "commentform", "https://www.acme.example/wp-comments-post.php"),
        (OTHER, "number:quantity select-one:size", "add-to-cart", ""),
        (OTHER, "textarea:prompt", "chat", ""),
        (OTHER, "radio:rating", "poll", ""),
        (OTHER, "text:coupon_code", "", ""),
        (OTHER, "", "", ""),
    ],
)
def test_the_kind_of_known_forms(kind: FormKind, fields: str, name: str, action: str) -> None:
    """Forms as the builders of web sites make them."""
    assert guessed(fields, name, action) is kind


@pytest.mark.parametrize(
    "fields",
    [
        "name mail:email telefon textarea:nachricht",
        "vorname nachname text:e-mail text:rufnummer text:anliegen",
        "text:nom text:courriel text:téléphone text:message",
        "text:nombre text:correo text:teléfono text:consulta",
        "text:nome text:email text:telefono text:messaggio",
        "text:nome text:e-mail text:telemóvel text:mensagem",
        "text:naam text:e-mailadres text:telefoonnummer text:bericht",
        "text:Ihre-Firma text:E-Mail-Adresse text:Firma",
        "text:azienda text:email",
        "text:entreprise text:email",
        "text:empresa text:correo",
        "text:bedrijfsnaam text:emailadres",
    ],
)
def test_inquiries_in_seven_languages(fields: str) -> None:
    """Most names of fields are in the language of the site."""
    assert guessed(fields) is INQUIRY


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("anmeldeformular", SIGN_IN),
        ("newsletter-anmeldung", NEWSLETTER),
        ("form-connexion", SIGN_IN),
        ("iniciar-sesion", SIGN_IN),
        ("nieuwsbrief", NEWSLETTER),
        ("boletin", NEWSLETTER),
        ("demo-anfordern", INQUIRY),
        ("preventivo", INQUIRY),
        ("richiesta-offerta", INQUIRY),
        ("offerte-aanvragen", INQUIRY),
        ("orcamento", INQUIRY),
    ],
)
def test_one_address_alone_is_explained_by_the_name_of_its_form(name: str, kind: FormKind) -> None:
    """An e-mail address alone may be a newsletter, a link to sign in, or a request for a demo."""
    assert guessed("email:email", name) is kind


def test_passengers_are_no_password() -> None:
    """A travel company's inquiry."""
    assert guessed("email:email number:passengers date:departure textarea:wishes") is INQUIRY


@pytest.mark.parametrize(
    ("url", "target", "kind"),
    [
        ("https://acme.example/contact", "contact", INQUIRY),
        ("https://acme.example/trial", "form", INQUIRY),
        ("https://acme.example/", None, INQUIRY),
        ("https://acme.example/research", "form", INQUIRY),
        ("https://acme.example/", "https://acme.example/search", SEARCH),
        ("https://acme.example/login", "form", SIGN_IN),
        ("https://acme.example/blog", "newsletter-signup", NEWSLETTER),
        ("https://acme.example/newsletter/contact", "form", INQUIRY),
    ],
)
def test_a_form_of_an_older_snippet_is_an_inquiry_unless_its_name_says_otherwise(url: str, target: str | None, kind: FormKind) -> None:
    """Such forms always counted."""
    assert guess(identity_of(url, target, None)) is kind


def test_generated_parts_do_not_make_another_form() -> None:
    """Ids, names and addresses that a page makes anew."""
    first = shape("input_1 email:field-3fd5a9b1-1a2b-4c3d-9e8f-0123456789ab", "hsForm_3fd5a9b1-1a2b-4c3d-9e8f-0123456789ab_48")
    again = shape("email:field-00000000-1a2b-4c3d-9e8f-0123456789ab input_77", "hsForm_99d5a9b1-1a2b-4c3d-9e8f-0123456789ab_7")

    assert identity_of(PAGE, None, first).key("s") == identity_of("https://www.acme.example/other", "x", again).key("s")
    assert stem("comp-lqz3k1f2") == stem("comp-abc9d8e7f6") == "comp"
    assert stem(":r1:") == stem(":r27:")


def test_a_form_in_the_footer_is_the_same_on_every_page() -> None:
    """Its address is often that of the page."""
    keys = {
        identity_of(page, None, shape("email:email", action=f"{page}?lang=de#top")).key("s")
        for page in (PAGE, "https://www.acme.example/", "https://www.acme.example/a/b")
    }

    assert len(keys) == 1


def test_other_fields_names_and_sites_are_other_forms() -> None:
    """Two forms of one builder differ by what they ask for."""
    one = identity_of(PAGE, None, shape("email:email", "gform_1"))
    more = identity_of(PAGE, None, shape("email:email textarea:text", "gform_1"))
    named = identity_of(PAGE, None, shape("email:email", "footer"))

    assert len({one.key("s"), more.key("s"), named.key("s"), one.key("t")}) == 4


def test_hostile_shapes_are_bounded() -> None:
    """A visitor may send anything."""
    many = FormShape(id="x" * 9_000, fields=tuple(FormField("text" * 99, f"{'y' * 999}{chr(97 + n % 26)}") for n in range(500)))
    found = identity_of("https://[bad", "\x00" * 99, many)

    assert len(found.name) <= LONGEST_NAME
    assert len(found.fields) <= MOST_FIELDS
    assert all(len(one.name) <= LONGEST_NAME and len(one.type) <= 20 for one in found.fields)
    assert guess(found) is OTHER


def test_a_form_is_named_for_people() -> None:
    """By its words; without any, by its page."""
    seen = {"workspace": "w", "site": "s", "path": "/blog", "first_seen_at": NOON, "last_seen_at": NOON}

    def label(name: str, guess: FormKind | None = FormKind.OTHER) -> str:
        return label_of(Form(id="f", name=name, guess=guess, **seen))

    assert [label("contact-form"), label(""), label("form"), label("", None)] == [
        "Contact form",
        "Form on /blog",
        "Form on /blog",
        "Other forms",
    ]


def test_every_kind_has_a_name_and_only_the_inquiry_has_no_act() -> None:
    """Inquiries are named with their page."""
    assert set(KIND_NAMES) == set(FormKind)
    assert {kind for kind in FormKind if not act_of(kind)} == {FormKind.INQUIRY}
    assert act_of(None) == ""


@pytest.mark.parametrize("action", ["", PAGE, "/products", "products", "#wpcf7-f12-o1", "https://["])
def test_an_address_that_is_the_page_itself_says_nothing(action: str) -> None:
    """Relative addresses too; another address names the form."""
    assert identity_of(PAGE, None, shape("email:email", action=action)).name == ""
    assert identity_of(PAGE, None, shape("email:email", action="search")).name == "search"
