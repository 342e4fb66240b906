"""Features that some browser above the floor lacks: since when Chromium and Safari on iOS have each.

The versions are those of MDN's browser compatibility data (github.com/mdn/browser-compat-data, CC0); its
place there stands beside each.
"""

from dataclasses import dataclass

READS, LIVE, WHOLE = (69, 12.2), (80, 13.4), (105, 16.0)  # Chromium, iOS
NEVER = float("inf")


@dataclass(frozen=True)
class Feature:
    name: str
    pattern: str  # a regular expression: of a selector, of "property: value", or of a script
    chromium: float
    ios: float
    source: str

    def is_in(self, floor: tuple[float, float]) -> bool:
        return self.chromium <= floor[0] and self.ios <= floor[1]


SELECTORS = (
    Feature(":is()", r":is\(", 88, 14, "css/selectors/is"),
    Feature(":where()", r":where\(", 88, 14, "css/selectors/where"),
    Feature(":has()", r":has\(", 105, 15.4, "css/selectors/has"),
    Feature(":not() of a list", r":not\([^()]*(\([^()]*\)[^()]*)*,", 88, 9, "css/selectors/not"),
    Feature(":focus-visible", r":focus-visible", 86, 15.4, "css/selectors/focus-visible"),
    Feature("nesting", r"&", 120, 17.2, "css/selectors/nesting"),
    Feature(":user-invalid", r":user-(in)?valid", 119, 16.5, "css/selectors/user-invalid"),
    Feature(":modal", r":modal", 105, 15.6, "css/selectors/modal"),
    Feature(":popover-open", r":popover-open", 114, 17, "css/selectors/popover-open"),
)
DECLARATIONS = (
    Feature("inset", r"^inset\b", 87, 14.5, "css/properties/inset"),
    Feature("both margins", r"^(margin|padding)-(inline|block):", 87, 14.5, "css/properties/margin-inline"),
    Feature(
        "both borders",
        r"^border-(inline|block)(-(width|style|color))?:",
        87,
        14.5,
        "css/properties/border-inline",
    ),
    Feature("radius", r"^border-(start|end)-\w+-radius:", 89, 15, "css/properties/border-start-start-radius"),
    Feature("max() and min()", r"\b(max|min)\(", 79, 11.3, "css/types/max"),
    Feature("clamp()", r"\bclamp\(", 79, 13.4, "css/types/clamp"),
    Feature("color-mix()", r"color-mix\(", 111, 16.2, "css/types/color"),
    Feature("light-dark()", r"light-dark\(", 123, 17.5, "css/types/color"),
    Feature("lab and lch", r"\b(ok)?l(ab|ch)\(", 111, 15.4, "css/types/color"),
    Feature("container units", r"\dcq(w|h|i|b|min|max)\b", 105, 16, "css/types/length"),
    Feature("container-type", r"^container(-\w+)?:", 105, 16, "css/properties/container-type"),
    Feature("svh, lvh and dvh", r"\d[sld]v(h|w|min|max)\b", 108, 15.4, "css/types/length"),
    Feature("aspect-ratio", r"^aspect-ratio:", 88, 15, "css/properties/aspect-ratio"),
    Feature("overflow: clip", r"^overflow(-[xy])?:.*\bclip\b", 90, 16, "css/properties/overflow"),
    Feature("sticky", r"^position: sticky", 56, 13, "css/properties/position"),
    Feature("steps(… jump-…)", r"steps\(\d+, jump-", 77, 14, "css/types/easing-function"),
    Feature("spoken content", r'^content: .*" / "|\) / "', 77, 17.4, "css/properties/content"),
    Feature("subgrid", r"\bsubgrid\b", 117, 16, "css/properties/grid-template-columns"),
    Feature("scale alone", r"^(scale|rotate|translate):", 104, 14.5, "css/properties/scale"),
)
SCRIPTS = (
    Feature("?.", r"\?\.(?!\d)", 80, 13.4, "javascript/operators/optional_chaining"),
    Feature("??", r"\?\?(?!=)", 80, 13.4, "javascript/operators/nullish_coalescing"),
    Feature("||= and its like", r"(\|\||&&|\?\?)=", 85, 14, "javascript/operators/logical_or_assignment"),
    Feature("1_000", r"\b\d+_\d", 75, 13, "javascript/grammar"),
    Feature("1n", r"\b\d+n\b", 67, 14, "javascript/builtins/BigInt"),
    Feature("private fields", r"\bthis\.#", 74, 14.5, "javascript/classes"),
    Feature("lookbehind", r"\(\?<[=!]", 62, 16.4, "javascript/regular_expressions/lookbehind_assertion"),
    Feature("await in a module", r"^await ", 89, 15, "javascript/operators/await"),
    Feature("replaceAll", r"\.replaceAll\(", 85, 13.4, "javascript/builtins/String"),
    Feature("matchAll", r"\.matchAll\(", 73, 13, "javascript/builtins/String"),
    Feature("at()", r"\.at\(", 92, 15.4, "javascript/builtins/Array"),
    Feature("findLast", r"\.findLast(Index)?\(", 97, 15.4, "javascript/builtins/Array"),
    Feature("toSorted", r"\.to(Sorted|Reversed|Spliced)\(", 110, 16, "javascript/builtins/Array"),
    Feature("hasOwn", r"Object\.hasOwn\b", 93, 15.4, "javascript/builtins/Object"),
    Feature("fromEntries", r"Object\.fromEntries\b", 73, 12.2, "javascript/builtins/Object"),
    Feature("groupBy", r"\.groupBy\(", 117, 17.4, "javascript/builtins/Object"),
    Feature("allSettled", r"Promise\.allSettled", 76, 13, "javascript/builtins/Promise"),
    Feature("any", r"Promise\.any\b", 85, 14, "javascript/builtins/Promise"),
    Feature("globalThis", r"\bglobalThis\b", 71, 12.2, "javascript/builtins/globals"),
    Feature("PluralRules", r"Intl\.PluralRules", 63, 13, "javascript/builtins/Intl"),
    Feature("structuredClone", r"\bstructuredClone\(", 98, 15.4, "api/_globals/structuredClone"),
    Feature("AbortSignal.timeout", r"AbortSignal\.(timeout|any)\b", 124, 16, "api/AbortSignal"),
    Feature("FormData of a button", r"new FormData\([^()]+,", 112, 16.4, "api/FormData"),
    Feature("submitter", r"\.submitter\b", 81, 15.4, "api/SubmitEvent"),
    Feature("requestSubmit", r"\.requestSubmit\(", 76, 16, "api/HTMLFormElement"),
    Feature("replaceChildren", r"\.replaceChildren\(", 86, 14, "api/Element"),
    Feature("showModal", r"\.showModal\(", 37, 15.4, "api/HTMLDialogElement"),
    Feature("popovers", r"\.(show|hide|toggle)Popover\(", 114, 17, "api/HTMLElement"),
    Feature("ResizeObserver", r"new ResizeObserver\(", 64, 13.4, "api/ResizeObserver"),
    Feature("BroadcastChannel", r"new BroadcastChannel\(", 54, 15.4, "api/BroadcastChannel"),
    Feature("locks", r"navigator\.locks\.", 69, 15.4, "api/LockManager"),
    Feature("wakeLock", r"navigator\.wakeLock\b", 84, 16.4, "api/WakeLock"),
    Feature("vibrate", r"navigator\.vibrate\b", 32, NEVER, "api/Navigator"),
    Feature("Notification", r"new Notification\(", 20, 16.4, "api/Notification"),
    Feature("randomUUID", r"\.randomUUID\(", 92, 15.4, "api/Crypto"),
    Feature("clipboard", r"navigator\.clipboard\.", 66, 13.4, "api/Clipboard"),
    Feature("checkVisibility", r"\.checkVisibility\(", 105, 17.4, "api/Element"),
)
