"""The manifests for Kubernetes in docs/scale.md are valid."""

import re

import pytest
from processes import ROOT

kubernetes_validate = pytest.importorskip(
    "kubernetes_validate", reason="kubernetes-validate is not installed"
)


def test_the_manifests_in_the_documents_are_valid():
    import yaml

    text = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
    manifests = [
        manifest
        for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
        for manifest in yaml.safe_load_all(block)
    ]
    assert len(manifests) >= 1
    for manifest in manifests:
        kubernetes_validate.validate(manifest, "1.37", strict=True)
        wrong = manifest | {"spec": manifest["spec"] | {"completion": 1}}
        with pytest.raises(kubernetes_validate.ValidationError):
            kubernetes_validate.validate(wrong, "1.37", strict=True)
