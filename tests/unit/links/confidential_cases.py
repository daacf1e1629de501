"""Addresses and what is stored of them, with the default words. One table for the edge's rule and the snippet's."""

UUID = "123e4567-e89b-12d3-a456-426614174000"
RUN = "a1b2c3d4e5f6g7h8"

CASES: tuple[tuple[str, str], ...] = (
    # Nothing confidential.
    ("", ""),
    ("https://a.example", "https://a.example"),
    ("https://a.example/pricing?plan=team&seats=10#faq", "https://a.example/pricing?plan=team&seats=10#faq"),
    ("https://a.example/?q=hello+world&page=2&page=3", "https://a.example/?q=hello+world&page=2&page=3"),
    # Words of parameter names: split at non-letters and humps, in any case, repeated, encoded, plural.
    ("https://a.example/?token=abc", "https://a.example/?token=…"),
    ("https://a.example/?TOKEN=abc&Token=b&x=1&token=c", "https://a.example/?TOKEN=…&Token=…&x=1&token=…"),
    (
        "https://a.example/?motDePasse=a&Schl%C3%BCssel=b&contrase%C3%B1a=c&nuovaChiave=d&sess%C3%A3o=e&wachtwoord=f&clavel=g",
        "https://a.example/?motDePasse=…&Schl%C3%BCssel=…&contrase%C3%B1a=…&nuovaChiave=…&sess%C3%A3o=…&wachtwoord=…&clavel=g",
    ),
    ("https://a.example/?accessToken=a&APIKey=b&userEMail=c", "https://a.example/?accessToken=…&APIKey=…&userEMail=…"),
    ("https://a.example/?X-Amz-Signature=a&X-Amz-Date=b", "https://a.example/?X-Amz-Signature=…&X-Amz-Date=b"),
    ("https://a.example/?reset_code=1&code2=2&api.keys=3", "https://a.example/?reset_code=…&code2=…&api.keys=…"),
    ("https://a.example/?user[password]=a&user%5Bemail%5D=b", "https://a.example/?user[password]=…&user%5Bemail%5D=…"),
    ("https://a.example/?to%6Ben=a&%74oken=b&t%256Fken=c", "https://a.example/?to%6Ben=…&%74oken=…&t%256Fken=…"),
    ("https://a.example/?PHPSESSID=1&sid=2&oAuth=3", "https://a.example/?PHPSESSID=…&sid=…&oAuth=…"),
    # Words within words are no words.
    ("https://a.example/?monkey=a&tokenizer=b&encode=c&passenger=d", "https://a.example/?monkey=a&tokenizer=b&encode=c&passenger=d"),
    ("https://a.example/?keyword=a&postcode=b&emailing=c&design=d", "https://a.example/?keyword=a&postcode=b&emailing=c&design=d"),
    # Names stay, with and without a value; empty values stay empty.
    ("https://a.example/?token&token=&x", "https://a.example/?token&token=&x"),
    # Parameters of campaigns and click ids stay whatever their name or value.
    (
        f"https://a.example/?utm_source=mail&utm_key=1&UTM_Email=x@y.example&utm_content=a%3Dtoken%26b&gclid={RUN}",
        f"https://a.example/?utm_source=mail&utm_key=1&UTM_Email=x@y.example&utm_content=a%3Dtoken%26b&gclid={RUN}",
    ),
    (f"https://a.example/?fbclid={RUN}&msclkid=1&pass=2&utm_term=c", f"https://a.example/?fbclid={RUN}&msclkid=1&pass=…&utm_term=c"),
    ("https://a.example/?utm_content=a;b;c&x=1", "https://a.example/?utm_content=a;b;c&x=1"),
    (f"https://a.example/?utm_id=a;{RUN}", f"https://a.example/?utm_id=a;{RUN}"),
    # Separators: `;`, `&amp;`, several question marks.
    ("https://a.example/?a=1;token=2;b=3", "https://a.example/?a=1;token=…;b=3"),
    ("https://a.example/?a=1&amp;token=2", "https://a.example/?a=1&amp;token=…"),
    ("https://a.example/?a=1?token=2", "https://a.example/?a=…"),
    ("https://a.example/??token=2&&x=1&", "https://a.example/??token=…&&x=1&"),
    ("https://a.example/?token=a=b=c", "https://a.example/?token=…"),
    ("https://a.example/?a%26token%3Dx=1&b=2", "https://a.example/?…&b=2"),
    ("https://a.example/?token%3Dabc&b=2", "https://a.example/?…&b=2"),
    # Values that hold such an address, encoded once or twice.
    ("https://a.example/?next=%2Freset%3Ftoken%3Dabc&x=1", "https://a.example/?next=…&x=1"),
    ("https://a.example/?next=%252Freset%253Ftoken%253Dabc", "https://a.example/?next=…"),
    ("https://a.example/?next=/reset?token=abc", "https://a.example/?next=…"),
    (f"https://a.example/?url=https%3A%2F%2Fb.example%2Fr%2F{RUN}", "https://a.example/?url=…"),
    ("https://a.example/?url=https%3A%2F%2Fu%3Ap%40b.example%2F", "https://a.example/?url=…"),
    ("https://a.example/?next=%2Fpricing%3Fplan%3Dteam", "https://a.example/?next=%2Fpricing%3Fplan%3Dteam"),
    (
        "https://a.example/?f=a%3D1%26b%3D2%26c%3D3%26d%3D4%26e%3D5%26g%3D6",
        "https://a.example/?f=a%3D1%26b%3D2%26c%3D3%26d%3D4%26e%3D5%26g%3D6",
    ),
    # Parts of a path: 16 characters without hyphen that mix letters and digits.
    (f"https://a.example/reset/{RUN}", "https://a.example/reset/…"),
    (f"https://a.example/reset/{RUN[:15]}", f"https://a.example/reset/{RUN[:15]}"),
    (f"https://a.example/r/x-{RUN}-y/z?a=1", "https://a.example/r/…/z?a=1"),
    (f"https://a.example/r/{UUID}", f"https://a.example/r/{UUID}"),
    (
        "https://a.example/1234567890123456789/abcdefghijklmnopqrstuvwxyz",
        "https://a.example/1234567890123456789/abcdefghijklmnopqrstuvwxyz",
    ),
    ("https://a.example/how-to-plan-routes-in-2026-with-100-trucks", "https://a.example/how-to-plan-routes-in-2026-with-100-trucks"),
    ("https://a.example/v/eyJhbGciOiJIUzI1NiJ9.eyJ1IjoxfQ.c2ln_x", "https://a.example/v/…"),
    ("https://a.example/v/dGVzdDEyMzQ1Njc4OTA==", "https://a.example/v/…"),
    ("https://a.example/v/%61%31%62%32%63%33%64%34%65%35%66%36%67%37%68%38", "https://a.example/v/…"),
    ("https://a.example/files/annual_report_2026_v2.pdf", "https://a.example/files/….pdf"),
    ("https://a.example/Annual%20Report%202026%20Final.pdf", "https://a.example/Annual%20Report%202026%20Final.pdf"),
    ("https://a.example/новости2026компании/ニュース2026年の記事", "https://a.example/новости2026компании/ニュース2026年の記事"),
    ("https://a.example/%C3%BCber2026stra%C3%9Fen", "https://a.example/%C3%BCber2026stra%C3%9Fen"),
    # Matrix parameters, and pairs in a path.
    ("https://a.example/shop;jsessionid=1A2B/cart;color=red", "https://a.example/shop;jsessionid=…/cart;color=red"),
    (f"https://a.example/x;v={RUN}/token=1", "https://a.example/x;v=…/token=…"),
    ("https://a.example/go/https%3A%2F%2Fb.example%2F%3Fsid%3D1", "https://a.example/go/…"),
    # User names and passwords; ports and IPv6 stay.
    ("https://user:pass@a.example:8443/x", "https://…@a.example:8443/x"),
    ("https://user@[2001:db8::1]:8443/?key=1", "https://…@[2001:db8::1]:8443/?key=…"),
    ("//u@v:p@a.example/", "//…@a.example/"),
    # Fragments: of OAuth, routes with queries, plain anchors.
    ("https://a.example/cb#access_token=a&state=b&id_token=c", "https://a.example/cb#access_token=…&state=b&id_token=…"),
    (f"https://a.example/#/reset/{RUN}?code=1&tab=2", "https://a.example/#/reset/…?code=…&tab=2"),
    (f"https://a.example/#!/u/{RUN}", "https://a.example/#!/u/…"),
    ("https://a.example/#section-2", "https://a.example/#section-2"),
    (f"https://a.example/?a=1#{RUN}", "https://a.example/?a=1#…"),
    # A query that is one value.
    (f"https://a.example/unsubscribe?{RUN}", "https://a.example/unsubscribe?…"),
    (f"https://a.example/unsubscribe?{RUN}=", "https://a.example/unsubscribe?…"),
    # Relative addresses, and those that are not of the web.
    ("/subscribe?list=1&key=2", "/subscribe?list=1&key=…"),
    ("newsletter", "newsletter"),
    ("mailto:sales2026team@a.example?subject=Hi&body=My%20name", "mailto:sales2026team@a.example?subject=…&body=…"),
    ("tel:+4930123456789012", "tel:+4930123456789012"),
    (f"blob:https://a.example/{UUID}", f"blob:https://a.example/{UUID}"),
    (f"javascript:go('{RUN}')", "javascript:…"),
    ("android-app://com.example/", "android-app://com.example/"),
    # Odd texts.
    ("https://a.example/%", "https://a.example/%"),
    ("https://a.example/?token=%zz&%=1&=2&=", "https://a.example/?token=…&%=1&=2&="),
    ("https://a.example/AT&T-and-more-than-sixteen", "https://a.example/AT&T-and-more-than-sixteen"),
    ("https://a.example/a\nb?token=c\nd", "https://a.example/a\nb?token=…"),
)
