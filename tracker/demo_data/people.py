"""The cast of the demo: three reps, their companies and forty leads, all invented. Used by demo_data.history."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """A rep of the demo company."""

    key: str
    name: str
    zone: str
    is_admin: bool = False


@dataclass(frozen=True, slots=True)
class Firm:
    """A company where leads work. `size` is employees, `mail` which mail software its people use (see demo_data.user_agents)."""

    name: str
    domain: str
    industry: str
    size: str
    city: str
    country: str
    zone: str
    mail: str


@dataclass(frozen=True, slots=True)
class Part:
    """A lead, and how far they have come."""

    name: str
    firm: str
    title: str
    stage: str
    source: str
    rep: str | None
    detail: str = ""


REPS = (
    Person("mara", "Mara Lindqvist", "Europe/Berlin", is_admin=True),
    Person("tom", "Tom Adeyemi", "Europe/London"),
    Person("priya", "Priya Raman", "America/New_York"),
)

FIRMS = (
    Firm("Acme Foods", "acmefoods.example", "Food & beverage", "220", "Chicago", "US", "America/Chicago", "outlook"),
    Firm("Backhaus Ahrens", "backhaus-ahrens.example", "Food & beverage", "140", "Hamburg", "DE", "Europe/Berlin", "gmail"),
    Firm("Bluebird Laundry", "bluebirdlaundry.example", "Services", "85", "Leeds", "GB", "Europe/London", "gmail"),
    Firm("Borealis Pharma Courier", "borealis-courier.example", "Healthcare", "310", "Toronto", "CA", "America/Toronto", "scanner"),
    Firm("Cantina Morelli", "cantinamorelli.example", "Food & beverage", "60", "Verona", "IT", "Europe/Rome", "apple"),
    Firm("Castellan Tyres", "castellan-tyres.example", "Wholesale", "420", "Lyon", "FR", "Europe/Paris", "outlook"),
    Firm("Delmar Flowers", "delmarflowers.example", "Wholesale", "95", "Aalsmeer", "NL", "Europe/Amsterdam", "gmail"),
    Firm("Eastgate Furniture", "eastgatefurniture.example", "Retail", "180", "Atlanta", "US", "America/New_York", "outlook"),
    Firm("Fjordfisk", "fjordfisk.example", "Food & beverage", "130", "Bergen", "NO", "Europe/Oslo", "apple"),
    Firm("Granary & Sons", "granaryandsons.example", "Food & beverage", "75", "Bristol", "GB", "Europe/London", "gmail"),
    Firm("Harbour Linen", "harbourlinen.example", "Services", "110", "Dublin", "IE", "Europe/Dublin", "scanner"),
    Firm("Hollis Medical Supply", "hollismedical.example", "Healthcare", "260", "Boston", "US", "America/New_York", "scanner"),
    Firm("Ibex Sports Retail", "ibexsports.example", "Retail", "500", "Innsbruck", "AT", "Europe/Vienna", "outlook"),
    Firm("Juniper Books", "juniperbooks.example", "Retail", "35", "Portland", "US", "America/Los_Angeles", "gmail"),
    Firm("Kolibri Parcel", "kolibriparcel.example", "Logistics", "640", "Warsaw", "PL", "Europe/Warsaw", "outlook"),
    Firm("Lindenhof Dairy", "lindenhofdairy.example", "Food & beverage", "160", "Bern", "CH", "Europe/Zurich", "apple"),
    Firm("Maple Street Pantry", "maplestreetpantry.example", "Food & beverage", "25", "Denver", "US", "America/Denver", "gmail"),
    Firm("Nordlicht Elektro", "nordlicht-elektro.example", "Wholesale", "210", "Bremen", "DE", "Europe/Berlin", "outlook"),
    Firm("Orchard Home Care", "orchardhomecare.example", "Healthcare", "330", "Manchester", "GB", "Europe/London", "scanner"),
    Firm("Pacific Roasters", "pacificroasters.example", "Food & beverage", "90", "Seattle", "US", "America/Los_Angeles", "apple"),
    Firm("Quintero Hardware", "quinterohardware.example", "Wholesale", "150", "Valencia", "ES", "Europe/Madrid", "gmail"),
    Firm("Ridgeline Water", "ridgelinewater.example", "Services", "120", "Phoenix", "US", "America/Phoenix", "outlook"),
    Firm("Saffron Catering", "saffroncatering.example", "Food & beverage", "55", "Birmingham", "GB", "Europe/London", "apple"),
    Firm("Tidewater Beverages", "tidewaterbev.example", "Food & beverage", "380", "Norfolk", "US", "America/New_York", "outlook"),
    Firm("Umber Ceramics", "umberceramics.example", "Manufacturing", "70", "Porto", "PT", "Europe/Lisbon", "gmail"),
    Firm("Vantage Office Supply", "vantageoffice.example", "Wholesale", "290", "Columbus", "US", "America/New_York", "scanner"),
)

PARTS = (
    Part("Dana Whitfield", "Acme Foods", "Head of Logistics", "Proposal Sent", "Web form", "mara", "Contact form"),
    Part("Henrik Ahrens", "Backhaus Ahrens", "Owner", "Negotiation", "Referral", "mara", "From a customer in Kiel"),
    Part("Chloe Marchetti", "Cantina Morelli", "Operations Manager", "Proposal Sent", "LinkedIn", "mara"),
    Part("Luc Besnard", "Castellan Tyres", "Director of Distribution", "Negotiation", "Event", "mara", "LogiTrade, hall 4"),
    Part("Femke de Graaf", "Delmar Flowers", "Head of Transport", "Proposal Sent", "Cold e-mail", "mara"),
    Part("Ingrid Solheim", "Fjordfisk", "Supply Chain Lead", "Qualified", "LinkedIn", "mara"),
    Part("Jonas Keller", "Ibex Sports Retail", "Logistics Planner", "Contacted", "Event", "mara", "LogiTrade, hall 4"),
    Part("Magda Wrona", "Kolibri Parcel", "Fleet Director", "Qualified", "Referral", "mara", "From Luc Besnard"),
    Part("Beat Zbinden", "Lindenhof Dairy", "Dispatcher", "Won", "Web form", "mara", "Contact form"),
    Part("Sabine Ruhl", "Nordlicht Elektro", "Purchasing", "Lost", "Cold e-mail", "mara"),
    Part("Alvaro Quintero", "Quintero Hardware", "Managing Director", "New", "Web form", "mara", "Contact form"),
    Part("Teresa Furtado", "Umber Ceramics", "Office Manager", "Contacted", "Import", "mara"),
    Part("Moritz Ahrens", "Backhaus Ahrens", "Dispatcher", "Qualified", "Referral", "mara", "Brother of Henrik"),
    Part("Noor Verhoeven", "Delmar Flowers", "IT Lead", "Contacted", "Other", "mara"),
    Part("Gareth Pugh", "Bluebird Laundry", "Operations Director", "Proposal Sent", "Phone", "tom"),
    Part("Aoife Brennan", "Harbour Linen", "General Manager", "Negotiation", "Referral", "tom", "From Gareth Pugh"),
    Part("Simon Okoro", "Granary & Sons", "Transport Manager", "Qualified", "Cold e-mail", "tom"),
    Part("Rachel Levy", "Orchard Home Care", "Head of Field Service", "Qualified", "Web form", "tom", "Contact form"),
    Part("Imran Sheikh", "Saffron Catering", "Founder", "Won", "Event", "tom", "Kitchen & Van, Birmingham"),
    Part("Nuala Keane", "Harbour Linen", "Finance Director", "Contacted", "Referral", "tom", "From Aoife Brennan"),
    Part("Peter Ashworth", "Granary & Sons", "Managing Director", "Contacted", "Cold e-mail", "tom"),
    Part("Bronwen Hughes", "Bluebird Laundry", "Dispatch Supervisor", "New", "Phone", "tom"),
    Part("Callum Reid", "Orchard Home Care", "Procurement", "Lost", "Advertisement", "tom"),
    Part("Zainab Malik", "Saffron Catering", "Operations", "New", "Event", "tom", "Kitchen & Van, Birmingham"),
    Part("Declan Foy", "Harbour Linen", "IT Manager", "Contacted", "LinkedIn", "tom"),
    Part("Owen Tremaine", "Granary & Sons", "Warehouse Lead", "New", "Import", None),
    Part("Marcus Bell", "Borealis Pharma Courier", "VP Operations", "Negotiation", "Referral", "priya", "From a board member"),
    Part("Renee Fontaine", "Borealis Pharma Courier", "Quality Manager", "Contacted", "Referral", "priya", "From Marcus Bell"),
    Part("Walt Jeffries", "Eastgate Furniture", "Delivery Manager", "Proposal Sent", "Cold e-mail", "priya"),
    Part("Grace Odum", "Hollis Medical Supply", "Director of Logistics", "Qualified", "LinkedIn", "priya"),
    Part("Nina Castellano", "Juniper Books", "Owner", "New", "Advertisement", "priya"),
    Part("Tyler Brandt", "Maple Street Pantry", "Co-founder", "Contacted", "Web form", "priya", "Contact form"),
    Part("Kenji Morita", "Pacific Roasters", "Distribution Lead", "Proposal Sent", "Event", "priya", "Roasters Guild Forum"),
    Part("Angela Ruiz", "Ridgeline Water", "Route Manager", "Won", "Cold e-mail", "priya"),
    Part("Denise Harlow", "Tidewater Beverages", "Fleet Manager", "Qualified", "Phone", "priya"),
    Part("Bill Stanton", "Vantage Office Supply", "VP Supply Chain", "Contacted", "Cold e-mail", "priya"),
    Part("Paula Whitcomb", "Tidewater Beverages", "CFO", "Won", "Referral", "priya", "From Denise Harlow"),
    Part("Hector Salas", "Ridgeline Water", "Dispatcher", "New", "Web form", None, "Contact form"),
    Part("Joanna Pike", "Eastgate Furniture", "Store Operations", "Lost", "Cold e-mail", "priya"),
    Part("Andre Wilkes", "Vantage Office Supply", "Transport Analyst", "New", "Advertisement", None, "Search ad, fleet planning"),
)

FIRM_OF = {firm.name: firm for firm in FIRMS}


def address(part: Part) -> str:
    """The lead's e-mail address."""
    given, _, family = part.name.lower().partition(" ")
    return f"{given}.{family.replace(' ', '')}@{FIRM_OF[part.firm].domain}"
