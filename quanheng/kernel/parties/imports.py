"""Bringing organisations (by registrars) and people with their roles (by an organisation's administrator) in."""

from __future__ import annotations

from collections.abc import Sequence

from allauth.account.models import EmailAddress
from django.utils.translation import gettext_lazy as _

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.grants import Holds
from quanheng.kernel.imports.kinds import ImportColumn, ImportKind, Made, Reader, Row, register
from quanheng.kernel.imports.storing import last_key, made_since
from quanheng.kernel.parties.models import Membership, Organisation, Person
from quanheng.kernel.parties.roles import OrganisationKind, Role
from quanheng.kernel.parties.services.loading import (
    MAX_PEOPLE,
    REGISTRAR,
    OrganisationReader,
    PeopleReader,
    load_organisations,
    load_people,
)

Column = ImportColumn

ORGANISATION_COLUMNS = (
    Column(
        "uscc",
        _("统一社会信用代码"),
        required=True,
        example="91120116MA0000001X",
        synonyms=("信用代码", "社会信用代码", "组织机构代码", "credit code", "unified social credit code"),
    ),
    Column(
        "name_zh",
        _("机构名称"),
        required=True,
        example="天津示例检测有限公司",
        synonyms=("名称", "单位名称", "企业名称", "公司名称", "name", "organisation", "company"),
    ),
    Column(
        "name_en",
        _("英文名称"),
        example="Tianjin Example Testing Co., Ltd.",
        synonyms=("english name", "name (english)"),
    ),
    Column(
        "kind",
        _("机构类型"),
        required=True,
        example="检验检测机构",
        choices=tuple(OrganisationKind.choices),
        synonyms=("类型", "机构类别", "type"),
    ),
    Column(
        "region",
        _("区划代码"),
        required=True,
        example="120116",
        help=_("GB/T 2260 六位代码，如 120116。"),
        synonyms=("行政区划", "行政区划代码", "所在区划", "地区", "地区代码", "region code"),
    ),
    Column("address", _("地址"), synonyms=("注册地址", "住所", "经营地址", "通信地址")),
    Column("phone", _("联系电话"), synonyms=("电话", "联系方式", "telephone")),
    Column("introduction_zh", _("简介"), synonyms=("机构简介", "介绍", "introduction")),
    Column("introduction_en", _("英文简介"), synonyms=("introduction (english)",)),
    Column("latitude", _("纬度"), help=_("WGS 84 十进制度数，与经度同填或同空。"), synonyms=("lat",)),
    Column("longitude", _("经度"), help=_("WGS 84 十进制度数，与纬度同填或同空。"), synonyms=("lon", "lng")),
)

PEOPLE_COLUMNS = (
    Column(
        "username",
        _("登录名"),
        required=True,
        example="zhang.san",
        synonyms=("用户名", "账号", "帐号", "user name", "login", "account"),
    ),
    Column("name_zh", _("姓名"), required=True, example="张三", synonyms=("名字", "人员姓名", "name", "full name")),
    Column("name_en", _("英文姓名"), example="Zhang San", synonyms=("english name", "name (english)")),
    Column(
        "email",
        _("电子邮箱"),
        required=True,
        example="zhang.san@example.com",
        help=_("设置密码的链接发到这里。"),
        synonyms=("邮箱", "邮件", "电子邮件", "e-mail", "mail"),
    ),
    Column("phone", _("手机"), synonyms=("电话", "手机号", "联系电话", "telephone", "mobile")),
    Column(
        "roles",
        _("角色"),
        example="质量负责人;成员",
        kind="many",
        choices=tuple(Role.choices),
        help=_("多个角色用分号隔开；留空为成员。授权签字人须逐个领域另行授权。"),
        synonyms=("岗位", "职务", "role", "position"),
    ),
)


def _organisations(actor: Actor, owner: Organisation | None) -> Reader:
    return OrganisationReader(actor)


def _commit_organisations(actor: Actor, owner: Organisation, rows: Sequence[Row]) -> list[Made]:
    since = last_key(Organisation)
    load_organisations(actor, owner, rows=rows)
    codes = ["".join(row["uscc"].split()).upper() for row in rows]
    keys: list[int] = []
    for start in range(0, len(codes), 500):
        keys += made_since(Organisation, since, uscc__in=codes[start : start + 500]).keys
    return [Made(Organisation, sorted(keys))]


def _people(actor: Actor, owner: Organisation | None) -> Reader:
    return PeopleReader(owner or Organisation())


def _commit_people(actor: Actor, owner: Organisation, rows: Sequence[Row]) -> list[Made]:
    people, posts, addresses = last_key(Person), last_key(Membership), last_key(EmailAddress)
    load_people(actor, owner, rows=rows)
    names = [row["username"].strip().lower() for row in rows]
    made = [made_since(Person, people, username__in=names[start : start + 500]) for start in range(0, len(names), 500)]
    keys = sorted(key for one in made for key in one.keys)
    mine = set(keys)
    attached = [
        Made(model, [key for key, person in held if person in mine], attached=True)
        for model, held in (
            (Membership, Membership.objects.filter(pk__gt=posts, organisation=owner).values_list("pk", "person_id")),
            # What the sign-in library notes of a person's address.
            (EmailAddress, EmailAddress.objects.filter(pk__gt=addresses).values_list("pk", "user_id")),
        )
    ]
    return [Made(Person, keys), *attached]


ORGANISATIONS = register(
    ImportKind(
        name="organisations",
        label=_("机构"),
        help=_("管辖区划内的企业与机构，由登记机关登记。"),
        model=Organisation,
        columns=ORGANISATION_COLUMNS,
        check=_organisations,
        commit=_commit_organisations,
        may=REGISTRAR,
        max_rows=50_000,
        link=lambda owner: "/organisations/",
    )
)
PEOPLE = register(
    ImportKind(
        name="people",
        label=_("人员与角色"),
        help=_("本机构人员的账户和角色；每人会收到设置密码的邮件。"),
        model=Person,
        columns=PEOPLE_COLUMNS,
        check=_people,
        commit=_commit_people,
        may=Holds("", Role.ADMINISTRATOR),
        max_rows=MAX_PEOPLE,
        link=lambda owner: "/organisation/",
    )
)
