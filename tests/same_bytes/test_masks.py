"""What the masks keep and what they take away."""

import io
import json
import unittest
import zipfile

import masks
from outcome import Outcome, differences


def data(kind: str, text: str) -> list[str]:
    return masks.content(kind, text.encode()).data


def verdict(kind: str, old: str, new: str) -> int:
    """0 same, 1 differs in words, 2 in data."""
    outcomes = [Outcome(0, text.encode(), b"", {}) for text in (old, new)]
    found = differences(*outcomes, kind)
    return max((difference.rank for difference in found), default=0)


class Tables(unittest.TestCase):
    def test_reasons_are_words_and_all_else_is_data(self):
        old = 'rank,score,reason,a\n1,0.5,"far, from all",x\n'
        self.assertEqual(verdict("csv", old, old.replace("far, from all", "new")), 1)
        self.assertEqual(verdict("csv", old, old.replace("0.5", "0.50")), 2)
        self.assertEqual(verdict("csv", old, old.replace(",x", ',"x"')), 2)
        self.assertEqual(verdict("csv", old, old.removesuffix("\n")), 2)
        self.assertEqual(verdict("csv", old, old.replace(",reason,", ",why,")), 2)

    def test_whether_a_reason_is_there_is_data(self):
        old = "hardware,excluded\na,needs 20 GB\nb,\n"
        self.assertEqual(verdict("csv", old, old.replace("needs 20 GB", "small")), 1)
        self.assertEqual(verdict("csv", old, old.replace("b,", "b,small")), 2)

    def test_cells_keep_line_breaks_and_quotes(self):
        records = masks.csv_records('a,b\n"1\n""2""",3\n', ",")
        self.assertEqual(records, [["a", "b"], ['"1\n""2"""', "3"]])

    def test_values_by_name(self):
        old = "name,value\ntarget,ms\nmembers,3\n"
        self.assertEqual(verdict("csv", old, old.replace("ms", "ms (its logarithm)")), 1)
        self.assertEqual(verdict("csv", old, old.replace("3", "4")), 2)

    def test_names_of_a_listing_are_data(self):
        old = "strategy,chooses\nlcmd,one row for each region\n"
        self.assertEqual(verdict("listing", old, old.replace("chooses", "what it does")), 1)
        self.assertEqual(verdict("listing", old, old.replace("lcmd", "lcmdd")), 2)

    def test_json_lines(self):
        old = '{"rank":1,"reason":"far","score":0.5}\n'
        self.assertEqual(verdict("jsonl", old, old.replace("far", "near")), 1)
        self.assertEqual(verdict("jsonl", old, old.replace("0.5", "0.6")), 2)


class Json(unittest.TestCase):
    REPORT = {"summary": "Better.", "head": {"version": "0.1.0", "seed": 0}, "notes": ["One."]}

    def test_sentences_are_words_and_values_are_data(self):
        old = json.dumps(self.REPORT)
        self.assertEqual(verdict("json", old, old.replace("Better", "Worse")), 1)
        self.assertEqual(verdict("json", old, old.replace("0.1.0", "0.2.0")), 1)
        self.assertEqual(verdict("json", old, old.replace('["One."]', '["One.", "Two."]')), 1)
        self.assertEqual(verdict("json", old, old.replace('"seed": 0', '"seed": 1')), 2)
        self.assertEqual(verdict("json", old, old.replace('"seed"', '"sead"')), 2)

    def test_a_name_is_masked_at_its_place_only(self):
        self.assertEqual(data("json", '{"rounds": {"summary": "x"}}')[-1], 'rounds.summary = "x"')
        self.assertEqual(data("json", '{"summary": {"trees": 8}}')[-1], "summary.trees = 8")

    def test_numbers_are_compared_as_written(self):
        self.assertEqual(verdict("json", "[0.1]", "[0.10]"), 2)
        self.assertEqual(verdict("json", '{"a": 1, "b": 2}', '{"b": 2, "a": 1}'), 2)


class ForTheEye(unittest.TestCase):
    def test_numbers_in_rows_are_data(self):
        old = "metric  before\n──────────────\nrmse      0.25\nBetter.\n"
        self.assertEqual(verdict("eye", old, old.replace("metric", "measure ")), 1)
        self.assertEqual(verdict("eye", old, old.replace("Better", "Good")), 1)
        self.assertEqual(verdict("eye", old, old.replace("0.25", "0.26")), 2)

    def test_numbers_however_they_are_written(self):
        text = "−1\u202f234.5 and 1.2×10⁻⁷ of Llama-2, 80\u202f%, −∞"
        self.assertEqual(masks.numbers(text), ["-1234.5", "1.2e-7", "2", "80", "-∞"])


class Pages(unittest.TestCase):
    PAGE = (
        '<!DOCTYPE html><html><title>a</title><meta charset="utf-8"><p class="lead">It <b>fell'
        '</b> by 3.</p><table><tr><td>rmse</td><td>0.25</td></tr></table><svg aria-label="x">'
        '<path d="M1 2"/><text x="5">10</text></svg></html>'
    )

    def test_sentences_are_words(self):
        for old, new in [("fell", "rose"), (">rmse<", ">RMSE<"), ('"x"', '"y"'), (">a<", ">b<")]:
            self.assertEqual(verdict("html", self.PAGE, self.PAGE.replace(old, new)), 1, old)

    def test_numbers_and_drawings_are_data(self):
        for old, new in [("0.25", "0.3"), ("M1 2", "M1 3"), (">10<", ">11<"), ("<td>", "<th>")]:
            self.assertEqual(verdict("html", self.PAGE, self.PAGE.replace(old, new)), 2, old)


class Models(unittest.TestCase):
    @staticmethod
    def packed(manifest: str, member: bytes = b"\x01") -> bytes:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            for name, part in [("manifest.json", manifest.encode()), ("member-000.bin", member)]:
                archive.writestr(zipfile.ZipInfo(name), part)
        return file.getvalue()

    def test_the_version_is_no_data(self):
        manifest = '{\n  "format": 1,\n  "altool": "0.1.0",\n  "options": {"altool": "x"}\n}'
        old = masks.content("altool", self.packed(manifest))
        other = manifest.replace("0.1.0", "0.2.0").replace('"format": 1', '"format": 2')
        self.assertEqual(old.data, masks.content("altool", self.packed(other)).data)
        other = manifest.replace('"x"', '"y"')
        self.assertNotEqual(old.data, masks.content("altool", self.packed(other)).data)
        other = self.packed(manifest, b"\x02")
        self.assertNotEqual(old.data, masks.content("altool", other).data)


class Outcomes(unittest.TestCase):
    def test_codes_and_files_are_data_and_messages_are_words(self):
        old = Outcome(3, b"", b"error: a 'b'\n", {"x.csv": b"a\n1\n"})
        found = differences(old, Outcome(3, b"", b'error: a "b"\n', old.files), "csv")
        self.assertEqual([one.rank for one in found], [1])
        self.assertFalse(found[0].numbers)
        found = differences(old, Outcome(2, b"", old.stderr, {}), "csv")
        self.assertEqual([one.where for one in found], ["exit code", "x.csv"])

    def test_numbers_in_words_are_noted(self):
        old, new = [Outcome(0, b"", text, {}) for text in (b"12 rows\n", b"13 rows\n")]
        self.assertTrue(differences(old, new, "csv")[0].numbers)


if __name__ == "__main__":
    unittest.main()
