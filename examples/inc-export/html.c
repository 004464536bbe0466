/* SPDX-License-Identifier: Apache-2.0 */
/* What the page of a report is made of: its style, which knows screens, phones, the dark and paper,
 * and texts of a file, which mean nothing in it. */
#include "report.h"

#include <string.h>

/* Words of a table are kept whole, and it scrolls where there is no room; paper is always light. */
#define LIGHT                                                                                      \
    "--ink:#1c2330;--soft:#5d6b80;--paper:#fff;--line:#dbe1ea;--bar:#3366cc;--int8:#1d8a5b;"       \
    "--bad:#b3261e;--card:#f5f7fa"
#define DARK                                                                                       \
    "--ink:#e6eaf2;--soft:#9aa7bb;--paper:#12161d;--line:#2c3442;--bar:#7aa2ff;--int8:#4fd09a;"    \
    "--bad:#ff8a80;--card:#1a202a"
const char page_style[] =
    ":root{color-scheme:light dark;" LIGHT "}"
    "@media screen and (prefers-color-scheme:dark){:root{" DARK "}}"
    "*{box-sizing:border-box}"
    "body{margin:0 auto;max-width:64rem;padding:1rem;background:var(--paper);color:var(--ink);"
    "font:16px/1.5 system-ui,sans-serif}"
    "h1{font-size:1.4rem;margin:.5rem 0;overflow-wrap:anywhere}"
    "h2{font-size:1.1rem;margin:2rem 0 .5rem;border-bottom:1px solid var(--line)}"
    "p,li{overflow-wrap:anywhere}"
    ".cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(7.6rem,1fr));gap:.6rem}"
    ".card{background:var(--card);border-radius:.5rem;padding:.6rem .8rem}"
    ".card b{display:block;font-size:1.2rem}.card span{line-height:1.3;display:inline-block}"
    ".card span,.soft{color:var(--soft);font-size:.85rem}.wide{overflow-x:auto}"
    "table{border-collapse:collapse;width:100%;margin-bottom:.8rem;font-size:.9rem}"
    "th,td{text-align:left;padding:.25rem 1rem .25rem 0;border-bottom:1px solid var(--line);"
    "vertical-align:top}th{white-space:nowrap}"
    "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
    ".verdict{min-width:8rem}td:last-child{min-width:9rem}td.n:last-child{min-width:0;padding-"
    "right:0}"
    "th.n:last-child{padding-right:0}"
    ".pairs td{white-space:nowrap}.pairs td:last-child{width:100%;white-space:normal}"
    "code{font:.85rem ui-monospace,monospace;overflow-wrap:break-word}"
    ".row{display:grid;grid-template-columns:11rem 1fr 4.5rem;gap:.5rem;align-items:center;"
    "font-size:.9rem}.row .t{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}"
    ".track{background:var(--card);border-radius:.25rem;height:.9rem}"
    ".fill{background:var(--bar);height:100%;border-radius:.25rem;min-width:2px}"
    ".good{color:var(--int8)}.bad{color:var(--bad)}"
    "@media(max-width:34rem){body{padding:.7rem}.row{grid-template-columns:9.5rem 1fr 4.2rem}}"
    "@media print{:root{color-scheme:light;" LIGHT "}body{max-width:none;padding:0;font-size:12px}"
    "*{print-color-adjust:exact;-webkit-print-color-adjust:exact}"
    "h2{break-after:avoid}tr,.row,.card,li{break-inside:avoid}.wide{overflow:visible}"
    "code,table{font-size:.75rem}}";

void html_text(FILE *to, const char *text)
{
    for (const char *c = text ? text : ""; *c; c++) {
        switch (*c) {
        case '<':
            fputs("&lt;", to);
            break;
        case '>':
            fputs("&gt;", to);
            break;
        case '&':
            fputs("&amp;", to);
            break;
        case '"':
            fputs("&quot;", to);
            break;
        default:
            fprintf(to, (unsigned char)*c < 0x20 && *c != '\n' ? "\\x%02x" : "%c", *c);
        }
    }
}

void heading(FILE *to, const char *text)
{
    fprintf(to, "<h2>%s</h2>\n", text);
}

void cell(FILE *to, const char *text)
{
    fputs("<td><code>", to);
    html_text(to, text);
    fputs("</code></td>", to);
}

void card(FILE *to, const char *what, const char *value)
{
    fputs("<div class=card><b>", to);
    html_text(to, value);
    fprintf(to, "</b><span>%s</span></div>\n", what);
}

const char *size_text(double bytes, char *text, size_t size)
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB"};
    size_t unit = 0;
    while (bytes >= 1000 && unit < 4) {
        bytes /= 1000;
        unit++;
    }
    snprintf(text, size, unit ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
    return text;
}

const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}
