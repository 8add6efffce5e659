"""Places and hours to ask for."""

import random

from knowledge.theme import Split
from steps.worlds.world import Value, World, draw, pick

PLACES: dict[Split, dict[str, tuple[str, ...]]] = {
    "train": {
        "Europe/Lisbon": ("Lisbon, Portugal", "Porto, Portugal"),
        "Europe/Berlin": ("Berlin, Germany", "Hamburg, Germany", "Munich, Germany", "Leipzig, Germany"),
        "Europe/Paris": ("Paris, France", "Lyon, France", "Marseille, France"),
        "Europe/London": ("London, UK", "Manchester, UK", "Edinburgh, UK", "Bristol, UK"),
        "Europe/Warsaw": ("Warsaw, Poland", "Kraków, Poland"),
        "Europe/Athens": ("Athens, Greece", "Thessaloniki, Greece"),
        "Europe/Helsinki": ("Helsinki, Finland", "Tampere, Finland"),
        "America/New_York": ("New York, US", "Boston, US", "Philadelphia, US", "Atlanta, US"),
        "America/Chicago": ("Chicago, US", "Dallas, US", "Minneapolis, US"),
        "America/Los_Angeles": ("Los Angeles, US", "San Francisco, US", "Seattle, US"),
        "America/Sao_Paulo": ("São Paulo, Brazil", "Rio de Janeiro, Brazil", "Curitiba, Brazil"),
        "America/Mexico_City": ("Mexico City, Mexico", "Guadalajara, Mexico"),
        "America/Bogota": ("Bogotá, Colombia", "Medellín, Colombia"),
        "Asia/Tokyo": ("Tokyo, Japan", "Osaka, Japan", "Sapporo, Japan"),
        "Asia/Kolkata": ("Mumbai, India", "Bangalore, India", "Chennai, India"),
        "Asia/Singapore": ("Singapore",),
        "Asia/Shanghai": ("Shanghai, China", "Beijing, China", "Shenzhen, China"),
        "Asia/Dubai": ("Dubai", "Abu Dhabi"),
        "Asia/Jakarta": ("Jakarta, Indonesia", "Bandung, Indonesia"),
        "Asia/Manila": ("Manila, Philippines", "Quezon City, Philippines"),
        "Africa/Nairobi": ("Nairobi, Kenya", "Mombasa, Kenya"),
        "Africa/Lagos": ("Lagos, Nigeria", "Abuja, Nigeria"),
        "Africa/Cairo": ("Cairo, Egypt",),
        "Australia/Sydney": ("Sydney, Australia",),
        "Australia/Perth": ("Perth, Australia",),
        "Pacific/Honolulu": ("Honolulu, Hawaii",),
    },
    "validation": {
        "Europe/Madrid": ("Madrid, Spain", "Barcelona, Spain", "Seville, Spain"),
        "Europe/Vienna": ("Vienna, Austria", "Graz, Austria"),
        "Europe/Stockholm": ("Stockholm, Sweden", "Gothenburg, Sweden"),
        "America/Toronto": ("Toronto, Canada", "Ottawa, Canada"),
        "America/Denver": ("Denver, US", "Salt Lake City, US"),
        "America/Argentina/Buenos_Aires": ("Buenos Aires, Argentina", "Rosario, Argentina"),
        "Asia/Seoul": ("Seoul, South Korea", "Busan, South Korea"),
        "Asia/Kathmandu": ("Kathmandu, Nepal",),
        "Asia/Karachi": ("Karachi, Pakistan", "Lahore, Pakistan"),
        "Asia/Bangkok": ("Bangkok, Thailand", "Chiang Mai, Thailand"),
        "Africa/Accra": ("Accra, Ghana",),
        "Australia/Melbourne": ("Melbourne, Australia",),
    },
    "test": {
        "Europe/Rome": ("Rome, Italy", "Milan, Italy", "Naples, Italy"),
        "Europe/Oslo": ("Oslo, Norway", "Bergen, Norway"),
        "Europe/Brussels": ("Brussels, Belgium", "Antwerp, Belgium", "Ghent, Belgium"),
        "Europe/Istanbul": ("Istanbul, Turkey", "Ankara, Turkey"),
        "America/Vancouver": ("Vancouver, Canada",),
        "America/Lima": ("Lima, Peru",),
        "America/Santiago": ("Santiago, Chile",),
        "America/Halifax": ("Halifax, Canada",),
        "Asia/Hong_Kong": ("Hong Kong",),
        "Asia/Ho_Chi_Minh": ("Ho Chi Minh City, Vietnam",),
        "Asia/Colombo": ("Colombo, Sri Lanka",),
        "Africa/Johannesburg": ("Johannesburg, South Africa", "Cape Town, South Africa", "Durban, South Africa"),
        "Africa/Algiers": ("Algiers, Algeria", "Oran, Algeria"),
        "Pacific/Auckland": ("Auckland, New Zealand", "Wellington, New Zealand"),
        "Australia/Brisbane": ("Brisbane, Australia",),
    },
}
WRONG: dict[Split, dict[str, str]] = {
    "train": {
        "Europe/Hamburg": "Europe/Berlin",
        "Europe/Munich": "Europe/Berlin",
        "Europe/Porto": "Europe/Lisbon",
        "Europe/Lyon": "Europe/Paris",
        "America/San_Francisco": "America/Los_Angeles",
        "America/Seattle": "America/Los_Angeles",
        "America/Boston": "America/New_York",
        "America/Dallas": "America/Chicago",
        "Asia/Bangalore": "Asia/Kolkata",
        "Asia/Mumbai": "Asia/Kolkata",
        "Asia/Beijing": "Asia/Shanghai",
        "Asia/Osaka": "Asia/Tokyo",
        "Asia/Abu_Dhabi": "Asia/Dubai",
        "Africa/Abuja": "Africa/Lagos",
        "Africa/Mombasa": "Africa/Nairobi",
        "America/Rio_de_Janeiro": "America/Sao_Paulo",
        "Europe/Krakow": "Europe/Warsaw",
        "Asia/Shenzhen": "Asia/Shanghai",
    },
    "validation": {
        "Europe/Barcelona": "Europe/Madrid",
        "Europe/Gothenburg": "Europe/Stockholm",
        "America/Ottawa": "America/Toronto",
        "Asia/Busan": "Asia/Seoul",
        "Asia/Lahore": "Asia/Karachi",
        "Europe/Graz": "Europe/Vienna",
    },
    "test": {
        "Europe/Milan": "Europe/Rome",
        "Europe/Bergen": "Europe/Oslo",
        "Africa/Cape_Town": "Africa/Johannesburg",
        "Pacific/Wellington": "Pacific/Auckland",
        "Asia/Ankara": "Europe/Istanbul",
        "Europe/Antwerp": "Europe/Brussels",
    },
}
BEYOND: dict[Split, dict[str, str]] = {
    "train": {"24:15": "00:15", "24:30": "00:30", "24:45": "00:45", "25:00": "01:00", "25:30": "01:30", "26:00": "02:00", "24:10": "00:10"},
    "validation": {"24:20": "00:20", "25:15": "01:15", "26:30": "02:30"},
    "test": {"24:40": "00:40", "25:45": "01:45", "27:00": "03:00"},
}
FILES: dict[Split, tuple[str, ...]] = {
    "train": ("oncall-start.txt", "shift-log.txt", "release-started.txt", "call-times.md", "handover-stamp.txt", "night-watch.md"),
    "validation": ("freeze-begin.txt", "meeting-clock.md", "watch-start.txt"),
    "test": ("cutover-time.txt", "duty-stamp.md", "window-opened.txt"),
}
NUMBERS = ("twelve", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven")


def _where(world: World, rng: random.Random) -> tuple[str, str, str]:
    """A zone, a city in it, and the city with its country."""
    zone = pick(rng, list(PLACES[world.split]), "place")
    full = rng.choice(PLACES[world.split][zone])
    return zone, full.partition(",")[0], full


@draw
def place(world: World, rng: random.Random) -> Value:
    """A city; the value is its IANA time zone."""
    zone, city, full = _where(world, rng)
    return Value(zone, (city, city, full), {"city": city, "zone": zone})


@draw
def absent_colleague(world: World, rng: random.Random) -> Value:
    """Somebody of the project who is in a city; the value is the city's IANA time zone."""
    zone, city, _ = _where(world, rng)
    first = pick(rng, world.theme.people, "absent_colleague").split()[0]
    return Value(zone, (city,), {"first": first, "city": city, "zone": zone})


def _spoken(hour: int, minute: int) -> tuple[str, ...]:
    part = "in the morning" if hour < 12 else "in the afternoon" if hour < 18 else "in the evening"
    half = "am" if hour < 12 else "pm"
    twelve = hour % 12 or 12
    named, following = NUMBERS[hour % 12], NUMBERS[(hour + 1) % 12]
    later = part if hour not in (11, 17) else "in the afternoon" if hour == 11 else "in the evening"
    digital = f"{hour:02}:{minute:02}"
    if (hour, minute) == (12, 0):
        return digital, "noon", "12 noon"
    if minute == 0:
        return digital, f"{twelve}{half}", f"{named} {part}", f"{twelve} {part}"
    words = {15: f"quarter past {named} {part}", 30: f"half past {named} {part}", 45: f"quarter to {following} {later}"}
    return digital, f"{twelve}:{minute:02}{half}", words[minute]


@draw
def hour_of_day(world: World, rng: random.Random) -> Value:
    """A quarter of an hour between five in the morning and eleven at night."""
    owner = {4: "validation", 5: "test"}
    mine = [(hour, minute) for hour in range(5, 23) for minute in (0, 15, 30, 45) if owner.get((hour + 5 * minute // 15) % 6, "train") == world.split]
    hour, minute = pick(rng, mine, "hour_of_day")
    return Value(f"{hour:02}:{minute:02}", _spoken(hour, minute), {"digital": f"{hour:02}:{minute:02}"})


@draw
def wrong_zone(world: World, rng: random.Random) -> Value:
    """A zone name that looks right and does not exist; `right` is the one that covers the city."""
    name = pick(rng, list(WRONG[world.split]), "wrong_zone")
    return Value(name, (name,), {"name": name, "right": WRONG[world.split][name], "city": name.partition("/")[2].replace("_", " ")})


@draw
def wrong_hour(world: World, rng: random.Random) -> Value:
    """A time past the end of the clock; `right` is what it means on the next day."""
    hour = pick(rng, list(BEYOND[world.split]), "wrong_hour")
    return Value(hour, (hour,), {"hour": hour, "right": BEYOND[world.split][hour]})


@draw
def stamp_file(world: World, rng: random.Random) -> Value:
    """A small file to be made in the project folder, for the record of a time."""
    name = pick(rng, [name for name in FILES[world.split] if name not in world.theme.files], "stamp_file")
    return Value(f"{world.project}/{name}", (name,), {"name": name})
