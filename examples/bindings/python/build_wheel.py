#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A wheel with the library and the shared libraries it needs inside: build_wheel.py LIBRARY FOLDER

Takes the package beside this script, needs ldd, objdump and patchelf and neither pip nor a network. glibc's own
libraries stay outside; the wheel's tag says how old glibc may be. The same inputs give the same bytes."""
import base64
import hashlib
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
SYSTEM = re.compile(r"(lib(c|m|dl|pthread|rt)|ld-linux.*|linux-vdso)\.so\.\d+")
METADATA = """Metadata-Version: 2.1
Name: incexport
Version: {version}
Summary: PyTorch model files to ONNX, without PyTorch
License: Apache-2.0
Requires-Python: >=3.8
"""
WHEEL = "Wheel-Version: 1.0\nGenerator: build_wheel.py\nRoot-Is-Purelib: false\nTag: py3-none-{tag}\n"


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def needed(library):
    """The shared libraries that have to come along: file name -> path."""
    found = {}
    for line in output("ldd", library).splitlines():
        match = re.match(r"\s*(\S+) => (\S+)", line)
        if match and not SYSTEM.fullmatch(match[1]):
            if match[2] == "not":
                sys.exit(f"build_wheel.py: {match[1]} is not found")
            found[match[1]] = match[2]
    return found


def oldest_glibc(libraries):
    needs = "".join(output("objdump", "-p", str(f)) for f in libraries)
    versions = re.findall(r"GLIBC_(\d+)\.(\d+)", needs)
    if "GLIBC_ABI_DT_RELR" in needs:  # packed relocations
        versions.append((2, 36))
    return "%d_%d" % max((int(a), int(b)) for a, b in versions)


def licence(path):
    """The copyright file of the Debian package that a library is of; None elsewhere."""
    if not shutil.which("dpkg-query"):
        return None
    for name in (os.path.realpath(path), os.path.realpath(path).replace("/usr/lib/", "/lib/")):
        owner = subprocess.run(["dpkg-query", "-S", name], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                               text=True, check=False)
        if owner.returncode == 0:
            text = pathlib.Path("/usr/share/doc", owner.stdout.split(":")[0], "copyright")
            return text if text.exists() else None
    return None


def gather(library, root):
    """The wheel's files below root; the libraries."""
    shutil.copytree(HERE / "incexport", root / "incexport", ignore=shutil.ignore_patterns("__pycache__", "lib"))
    inside, licences = root / "incexport" / "lib", root / "incexport" / "licences"
    inside.mkdir()
    licences.mkdir()
    shutil.copyfile(HERE.parents[2] / "LICENSE", licences / "incexport")
    for name, path in {"libincexport.so.0": library, **needed(library)}.items():
        shutil.copyfile(path, inside / name)
        subprocess.run(["patchelf", "--set-rpath", "$ORIGIN", inside / name], check=True)
        text = licence(path)
        if text:
            shutil.copyfile(text, licences / name)
    return sorted(inside.iterdir())


def digest(data):
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def write(wheel, root, info):
    record = []
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(p for p in root.rglob("*") if p.is_file()):
            name, data = path.relative_to(root).as_posix(), path.read_bytes()
            record.append(f"{name},{digest(data)},{len(data)}\n")
            archive.writestr(entry(name), data)
        archive.writestr(entry(f"{info}/RECORD"), "".join(record) + f"{info}/RECORD,,\n")


def entry(name):
    made = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    made.external_attr, made.compress_type = 0o100644 << 16, zipfile.ZIP_DEFLATED
    return made


def main(library, folder):
    header = (HERE.parents[2] / "include/incexport/version.h").read_text()
    version = re.search(r'INC_VERSION_TEXT "(.*)"', header)[1]
    info = f"incexport-{version}.dist-info"
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        libraries = gather(library, root)
        tag = f"manylinux_{oldest_glibc(libraries)}_{platform.machine()}"
        (root / info).mkdir()
        (root / info / "METADATA").write_text(METADATA.format(version=version))
        (root / info / "WHEEL").write_text(WHEEL.format(tag=tag))
        wheel = pathlib.Path(folder, f"incexport-{version}-py3-none-{tag}.whl")
        wheel.parent.mkdir(parents=True, exist_ok=True)
        write(wheel, root, info)
    print(wheel)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(os.path.realpath(sys.argv[1]), sys.argv[2])
