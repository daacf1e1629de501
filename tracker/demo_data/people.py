"""The demo's three reps, 26 companies and 40 leads, all invented. Used by demo_data.history."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemoRep:
    """A rep of the demo company."""

    key: str
    name: str
    zone: str
    is_admin: bool = False


@dataclass(frozen=True, slots=True)
class DemoCompany:
    """A company of leads. `size` is the number of employees; `mail` names its mail software (demo_data.user_agents)."""

    name: str
    domain: str
    industry: str
    size: str
    country: str
    zone: str
    mail: str


@dataclass(frozen=True, slots=True)
class DemoLead:
    """A lead and the stage it reaches."""

    name: str
    company: str
    title: str
    stage: str
    source: str
    rep: str | None
    detail: str = ""


REPS = (
    DemoRep("mara", "Mara Lindqvist", "Europe/Berlin", is_admin=True),
    DemoRep("tom", "Tom Adeyemi", "Europe/London"),
    DemoRep("priya", "Priya Raman", "America/New_York"),
)

COMPANIES = (
    DemoCompany("Acme Foods", "acmefoods.example", "Food & beverage", "220", "US", "America/Chicago", "outlook"),
    DemoCompany("Backhaus Ahrens", "backhaus-ahrens.example", "Food & beverage", "140", "DE", "Europe/Berlin", "gmail"),
    DemoCompany("Bluebird Laundry", "bluebirdlaundry.example", "Services", "85", "GB", "Europe/London", "gmail"),
    DemoCompany("Borealis Pharma Courier", "borealis-courier.example", "Healthcare", "310", "CA", "America/Toronto", "scanner"),
    DemoCompany("Cantina Morelli", "cantinamorelli.example", "Food & beverage", "60", "IT", "Europe/Rome", "apple"),
    DemoCompany("Castellan Tyres", "castellan-tyres.example", "Wholesale", "420", "FR", "Europe/Paris", "outlook"),
    DemoCompany("Delmar Flowers", "delmarflowers.example", "Wholesale", "95", "NL", "Europe/Amsterdam", "gmail"),
    DemoCompany("Eastgate Furniture", "eastgatefurniture.example", "Retail", "180", "US", "America/New_York", "outlook"),
    DemoCompany("Fjordfisk", "fjordfisk.example", "Food & beverage", "130", "NO", "Europe/Oslo", "apple"),
    DemoCompany("Granary & Sons", "granaryandsons.example", "Food & beverage", "75", "GB", "Europe/London", "gmail"),
    DemoCompany("Harbour Linen", "harbourlinen.example", "Services", "110", "IE", "Europe/Dublin", "scanner"),
    DemoCompany("Hollis Medical Supply", "hollismedical.example", "Healthcare", "260", "US", "America/New_York", "scanner"),
    DemoCompany("Ibex Sports Retail", "ibexsports.example", "Retail", "500", "AT", "Europe/Vienna", "outlook"),
    DemoCompany("Juniper Books", "juniperbooks.example", "Retail", "35", "US", "America/Los_Angeles", "gmail"),
    DemoCompany("Kolibri Parcel", "kolibriparcel.example", "Logistics", "640", "PL", "Europe/Warsaw", "outlook"),
    DemoCompany("Lindenhof Dairy", "lindenhofdairy.example", "Food & beverage", "160", "CH", "Europe/Zurich", "apple"),
    DemoCompany("Maple Street Pantry", "maplestreetpantry.example", "Food & beverage", "25", "US", "America/Denver", "gmail"),
    DemoCompany("Nordlicht Elektro", "nordlicht-elektro.example", "Wholesale", "210", "DE", "Europe/Berlin", "outlook"),
    DemoCompany("Orchard Home Care", "orchardhomecare.example", "Healthcare", "330", "GB", "Europe/London", "scanner"),
    DemoCompany("Pacific Roasters", "pacificroasters.example", "Food & beverage", "90", "US", "America/Los_Angeles", "apple"),
    DemoCompany("Quintero Hardware", "quinterohardware.example", "Wholesale", "150", "ES", "Europe/Madrid", "gmail"),
    DemoCompany("Ridgeline Water", "ridgelinewater.example", "Services", "120", "US", "America/Phoenix", "outlook"),
    DemoCompany("Saffron Catering", "saffroncatering.example", "Food & beverage", "55", "GB", "Europe/London", "apple"),
    DemoCompany("Tidewater Beverages", "tidewaterbev.example", "Food & beverage", "380", "US", "America/New_York", "outlook"),
    DemoCompany("Umber Ceramics", "umberceramics.example", "Manufacturing", "70", "PT", "Europe/Lisbon", "gmail"),
    DemoCompany("Vantage Office Supply", "vantageoffice.example", "Wholesale", "290", "US", "America/New_York", "scanner"),
)

LEADS = (
    DemoLead("Dana Whitfield", "Acme Foods", "Head of Logistics", "Proposal Sent", "Web form", "mara", "Contact form"),
    DemoLead("Henrik Ahrens", "Backhaus Ahrens", "Owner", "Negotiation", "Referral", "mara", "From a customer in Kiel"),
    DemoLead("Chloe Marchetti", "Cantina Morelli", "Operations Manager", "Proposal Sent", "LinkedIn", "mara"),
    DemoLead("Luc Besnard", "Castellan Tyres", "Director of Distribution", "Negotiation", "Event", "mara", "LogiTrade, hall 4"),
    DemoLead("Femke de Graaf", "Delmar Flowers", "Head of Transport", "Proposal Sent", "Cold e-mail", "mara"),
    DemoLead("Ingrid Solheim", "Fjordfisk", "Supply Chain Lead", "Qualified", "LinkedIn", "mara"),
    DemoLead("Jonas Keller", "Ibex Sports Retail", "Logistics Planner", "Contacted", "Event", "mara", "LogiTrade, hall 4"),
    DemoLead("Magda Wrona", "Kolibri Parcel", "Fleet Director", "Qualified", "Referral", "mara", "From Luc Besnard"),
    DemoLead("Beat Zbinden", "Lindenhof Dairy", "Dispatcher", "Won", "Web form", "mara", "Contact form"),
    DemoLead("Sabine Ruhl", "Nordlicht Elektro", "Purchasing", "Lost", "Cold e-mail", "mara"),
    DemoLead("Alvaro Quintero", "Quintero Hardware", "Managing Director", "New", "Web form", "mara", "Contact form"),
    DemoLead("Teresa Furtado", "Umber Ceramics", "Office Manager", "Contacted", "Import", "mara"),
    DemoLead("Moritz Ahrens", "Backhaus Ahrens", "Dispatcher", "Qualified", "Referral", "mara", "Brother of Henrik"),
    DemoLead("Noor Verhoeven", "Delmar Flowers", "IT Lead", "Contacted", "Other", "mara"),
    DemoLead("Gareth Pugh", "Bluebird Laundry", "Operations Director", "Proposal Sent", "Phone", "tom"),
    DemoLead("Aoife Brennan", "Harbour Linen", "General Manager", "Negotiation", "Referral", "tom", "From Gareth Pugh"),
    DemoLead("Simon Okoro", "Granary & Sons", "Transport Manager", "Qualified", "Cold e-mail", "tom"),
    DemoLead("Rachel Levy", "Orchard Home Care", "Head of Field Service", "Qualified", "Web form", "tom", "Contact form"),
    DemoLead("Imran Sheikh", "Saffron Catering", "Founder", "Won", "Event", "tom", "Kitchen & Van, Birmingham"),
    DemoLead("Nuala Keane", "Harbour Linen", "Finance Director", "Contacted", "Referral", "tom", "From Aoife Brennan"),
    DemoLead("Peter Ashworth", "Granary & Sons", "Managing Director", "Contacted", "Cold e-mail", "tom"),
    DemoLead("Bronwen Hughes", "Bluebird Laundry", "Dispatch Supervisor", "New", "Phone", "tom"),
    DemoLead("Callum Reid", "Orchard Home Care", "Procurement", "Lost", "Advertisement", "tom"),
    DemoLead("Zainab Malik", "Saffron Catering", "Operations", "New", "Event", "tom", "Kitchen & Van, Birmingham"),
    DemoLead("Declan Foy", "Harbour Linen", "IT Manager", "Contacted", "LinkedIn", "tom"),
    DemoLead("Owen Tremaine", "Granary & Sons", "Warehouse Lead", "New", "Import", None),
    DemoLead("Marcus Bell", "Borealis Pharma Courier", "VP Operations", "Negotiation", "Referral", "priya", "From a board member"),
    DemoLead("Renee Fontaine", "Borealis Pharma Courier", "Quality Manager", "Contacted", "Referral", "priya", "From Marcus Bell"),
    DemoLead("Walt Jeffries", "Eastgate Furniture", "Delivery Manager", "Proposal Sent", "Cold e-mail", "priya"),
    DemoLead("Grace Odum", "Hollis Medical Supply", "Director of Logistics", "Qualified", "LinkedIn", "priya"),
    DemoLead("Nina Castellano", "Juniper Books", "Owner", "New", "Advertisement", "priya"),
    DemoLead("Tyler Brandt", "Maple Street Pantry", "Co-founder", "Contacted", "Web form", "priya", "Contact form"),
    DemoLead("Kenji Morita", "Pacific Roasters", "Distribution Lead", "Proposal Sent", "Event", "priya", "Roasters Guild Forum"),
    DemoLead("Angela Ruiz", "Ridgeline Water", "Route Manager", "Won", "Cold e-mail", "priya"),
    DemoLead("Denise Harlow", "Tidewater Beverages", "Fleet Manager", "Qualified", "Phone", "priya"),
    DemoLead("Bill Stanton", "Vantage Office Supply", "VP Supply Chain", "Contacted", "Cold e-mail", "priya"),
    DemoLead("Paula Whitcomb", "Tidewater Beverages", "CFO", "Won", "Referral", "priya", "From Denise Harlow"),
    DemoLead("Hector Salas", "Ridgeline Water", "Dispatcher", "New", "Web form", None, "Contact form"),
    DemoLead("Joanna Pike", "Eastgate Furniture", "Store Operations", "Lost", "Cold e-mail", "priya"),
    DemoLead("Andre Wilkes", "Vantage Office Supply", "Transport Analyst", "New", "Advertisement", None, "Search ad, fleet planning"),
)

COMPANY_BY_NAME = {company.name: company for company in COMPANIES}


def address(lead: DemoLead) -> str:
    """The lead's email address."""
    given, _, family = lead.name.lower().partition(" ")
    return f"{given}.{family.replace(' ', '')}@{COMPANY_BY_NAME[lead.company].domain}"
