"""The headings of each field as `headings.heading_key` writes them: seven languages and the usual products. Used by `headings`."""

WORDS = {
    "email": (
        "email emailaddress emailaddresses mail emailadresse mailadresse mailaddress workemail primaryemail emailwork emailvalue "
        "emailaddresswork emailhome emailother businessemail personalemail emailpersonal emailprimary contactemail leademail "
        "personemail personemailwork personemailhome personemailother homeemail otheremail emailid useremail subscriberemail "
        "emailgeschaftlich emailprivat geschaftlicheemail geschaftlicheemailadresse emailkontakt "
        "courriel adresseemail adressemail adressecourriel adresseelectronique adressedemessagerie mel emailprofessionnel "
        "emailpro adresseemailprofessionnelle adressedecourriel couriel "
        "correo correoelectronico direcciondecorreo direcciondecorreoelectronico correodetrabajo emailcorporativo "
        "postaelettronica indirizzoemail indirizzodipostaelettronica indirizzomail emailaziendale emaillavoro "
        "enderecodeemail enderecodecorreioeletronico correioeletronico enderecoeletronico emailcomercial "
        "emailadres mailadres werkemail zakelijkemail zakelijkemailadres epost emailaddressvalue"
    ),
    "name": (
        "name fullname contact contactname leadname displayname personname customername clientname fileas completename "
        "kontakt kontaktname vollstandigername ansprechpartner ansprechperson kundenname vorundnachname vornamenachname namevorname "
        "nomcomplet nomducontact nometprenom prenometnom nomprenom prenomnom interlocuteur "
        "nombrecompleto nombreyapellidos nombreyapellido nombredelcontacto "
        "nomecompleto nomeecognome nomecognome nominativo nomecontatto contatto referente "
        "nomedocontato nomedocontacto nomeesobrenome nomeeapelido contato contacto "
        "volledigenaam naam contactpersoon naamcontactpersoon firstandlastname namefull"
    ),
    "first": (
        "firstname givenname forename fname first vorname vornamen rufname prenom prenoms nombre nombres nombredepila primernombre "
        "nome nomeproprio primeironome voornaam roepnaam"
    ),
    "middle": (
        "middlename additionalname middlenames mittelname zweitervorname weiterevornamen mittlerername deuxiemeprenom secondprenom "
        "segundonombre secondonome nomedomeio segundonome tweedenaam middelstenaam tussennaam"
    ),
    "particle": "tussenvoegsel tussenvoegsels voorvoegsel namenszusatz vorsatzwort",
    "last": (
        "lastname surname familyname lname last nachname familienname zuname nom nomdefamille apellido apellidos primerapellido "
        "cognome sobrenome apelido ultimonome achternaam familienaam"
    ),
    "second_last": "segundoapellido apellidomaterno",
    "prefix": (
        "prefix nameprefix salutation honorific honorificprefix anrede titel akademischertitel civilite tratamiento trato titolo "
        "tratamento aanhef titulatuur courtesytitle"
    ),
    "suffix": "suffix namesuffix honorificsuffix namenssuffix suffixe sufijo suffisso sufixo achtervoegsel",
    "company": (
        "company companyname organisation organization account accountname firma employer business empresa organizationname "
        "organisationname companyaccount associatedcompany primarycompany organizationvalue companyorganization primaryassociatedcompany "
        "organizationname contactorganization personorganization businessname unternehmen firmenname unternehmensname arbeitgeber "
        "kunde firmaname organisationsname gesellschaft "
        "entreprise societe nomdelentreprise nomdelasociete raisonsociale nomentreprise nomsociete organisme compte "
        "compania nombredelaempresa nombredeempresa razonsocial organizacion nombredelacompania sociedad "
        "azienda nomeazienda societa ragionesociale organizzazione ditta impresa "
        "nomedaempresa nomeempresa organizacao razaosocial companhia "
        "bedrijf bedrijfsnaam organisatie onderneming naambedrijf "
        "accounts companies organizations associatedcompanyname zugeordnetesunternehmen zugeordnetefirma entrepriseassociee societeassociee "
        "empresaasociada companiaasociada aziendaassociata societaassociata empresaassociada gekoppeldbedrijf bijbehorendbedrijf"
    ),
    "phone": (
        "phone phonenumber telephone tel mobile mobilephone telefon cell cellphone mobilephonenumber businessphone homephone workphone "
        "directphone phonevalue primaryphone otherphone phonework phonemobile phonehome companymainphone businessphonenumber "
        "personphone personphonework personphonemobile personphonehome personphoneother telephonenumber mobilenumber contactnumber "
        "telefonnummer handy handynummer mobiltelefon mobil mobilnummer rufnummer telefongeschaftlich telefonprivat festnetz "
        "telefonmobil telefonnr telnr mobiltelefonnummer geschaftlichetelefonnummer "
        "numerodetelephone numerotelephone telephoneportable portable mobileprofessionnel telephonemobile telephonebureau "
        "telephoneprofessionnel telephonefixe "
        "telefono numerodetelefono telefonomovil movil celular telefonofijo telefonodetrabajo "
        "numeroditelefono cellulare telefonocellulare telefonoufficio numerotelefono "
        "telefone numerodetelefone telemovel telefonecelular telefonecomercial "
        "telefoon telefoonnummer mobiel mobielnummer mobieletelefoon telefoonwerk gsm gsmnummer whatsapp "
        "sms smsnumber work workdirect tfno tlf tlfno fono fone"
    ),
    "job_title": (
        "jobtitle title position role jobrole funktion organizationtitle occupation jobposition designation "
        "stelle berufsbezeichnung stellenbezeichnung beruf "
        "poste fonction intituleduposte titreduposte profession metier "
        "puesto cargo puestodetrabajo funcion profesion "
        "posizione ruolo mansione qualifica funzione titoloprofessionale "
        "funcao posicao profissao cargofuncao "
        "functie functietitel beroep functienaam jobbezeichnung positionsbezeichnung tatigkeit intituledeposte intituledupostes rolename"
    ),
    "country": (
        "country land countryregion pais pays countryname businesscountry businesscountryregion mailingcountry billingcountry "
        "ipcountry addresscountry homecountry homecountryregion landregion landesname staat paysregion paisregion paese "
        "paesearea nazione paisederegiao paisregiao landgeschaftlich countrycode landcode"
    ),
    "timezone": "timezone tz zeitzone fuseauhoraire zonahoraria fusoorario fusohorario tijdzone",
    "tags": (
        "tags tag labels label category categories groups group groupmembership schlagworter schlagworte stichworter kategorie kategorien "
        "etiketten gruppe gruppen etiquettes etiquette categorie etiquetas etiqueta categoria etichette etichetta "
        "categorias marcadores labelen groepen membertags"
    ),
    "source": (
        "source leadsource quelle origin originalsource leadquelle herkunft contactsource originalsourcetype leadorigin sourcechannel "
        "originedulead originaldelead sourcedulead origine provenance "
        "fuente origen fuentedellead fuentedelead origendellead "
        "fonte provenienza origem fontedolead origemdolead "
        "bron herkomst leadbron"
    ),
    "source_detail": "sourcedetail sourcedetails referredby referrer campaign kampagne campagne campana campagna campanha originalsourcedrilldown",
    "owner": (
        "owner rep salesrep leadowner assignedto ownerid owneremail contactowner accountowner dealowner personowner hubspotowner "
        "salesperson salesowner leadownername contactowneremail "
        "besitzer eigentumer zustandig betreuer vertriebsmitarbeiter bearbeiter inhaber kontaktbesitzer leadbesitzer "
        "verantwortlich verantwortlicher kontaktinhaber leadinhaber "
        "proprietaire responsable proprietaireducontact proprietairedulead commercial "
        "propietario propietariodelcontacto propietariodellead comercial "
        "proprietario responsabile proprietariodelcontatto commerciale "
        "responsavel proprietariodocontato proprietariodolead vendedor "
        "eigenaar verantwoordelijke leadeigenaar contacteigenaar accountmanager"
    ),
    "value": (
        "value leadvalue dealvalue expectedvalue dealamount amount opportunityamount wert dealwert auftragswert umsatzerwartung "
        "valeur montant montantdeladeal valor importe valordelnegocio valore importo valordonegocio waarde dealwaarde bedrag"
    ),
    "value_currency": "valuecurrency leadvaluecurrency dealcurrency currency currencycode wahrung devise moneda valuta moeda",
    "stage": (
        "stage leadstage pipeline status leadstatus dealstage pipelinestage opportunitystage phase "
        "leadphase verkaufsphase dealphase etape statut statutdulead etapedudeal "
        "etapa estado etapadelnegocio estadodellead fase stato statolead fasetrattativa etapadonegocio statusdolead "
        "fasering leadfase"
    ),
    "lost_reason": "lostreason reason verlustgrund raisondelaperte motivodeperdida motivodelaperdita motivodaperda verliesreden closedlostreason",
    "action_text": (
        "nextaction nextactiontext nextstep nexttask nextactivity nachsterschritt nachsteaktion nachsteaufgabe prochaineaction "
        "prochaineetape proximaaccion proximopaso prossimaazione prossimopasso proximaacao proximopasso volgendeactie volgendestap"
    ),
    "action_due": (
        "nextactiondue nextactiondate duedate due nextstepdate nextactivitydate faelligam falligam falligkeit falligkeitsdatum wiedervorlage "
        "echeance datedecheance fechadevencimiento fechalimite scadenza datadiscadenza vencimento prazo vervaldatum"
    ),
    "consent": (
        "consent trackingconsent consentstate einwilligung trackingeinwilligung zustimmung consentement consentementsuivi "
        "consentimiento consenso consensotracciamento consentimento toestemming trackingtoestemming"
    ),
    "external_url": "externalurl crmurl link url linkedin profile linkedinurl linkedinprofile recordurl",
    "note": (
        "note notes comment comments remark remarks description notiz notizen bemerkung bemerkungen kommentar kommentare anmerkung "
        "anmerkungen beschreibung remarque remarques commentaire commentaires nota notas comentario comentarios observaciones "
        "observacoes osservazioni commenti commento notitie notities opmerking opmerkingen omschrijving appunti"
    ),
    "opted_out": (
        "optedout emailoptout hasoptedoutofemail optout unsubscribed unsubscribedfromallemail unsubscribedfromemail unsubscribe "
        "donotemail donotcontact nomail noemail emailoptedout unsubtime unsubscribedat unsubscribedate optoutdate optedoutat "
        "doNotEmail unsubscribetime optouttime "
        "abgemeldet abbestellt newsletterabgemeldet keineemails keinemails keinewerbung widerspruch werbewiderspruch emailabgemeldet "
        "desinscrit desabonne desabonnement nepascontacter nepasenvoyerdemail "
        "dadodebaja nocontactar cancelosuscripcion baja noenviarcorreo desuscrito "
        "disiscritto noncontattare cancellato nonemail "
        "descadastrado naocontactar naocontatar cancelouinscricao naoenviaremail descadastro "
        "uitgeschreven afgemeld nietmailen geenmail nietcontacteren"
    ).casefold(),
    "mail_status": (
        "subscriptionstatus emailmarketingstatus marketingstatus emailstatus memberstatus subscriberstatus marketingstatusemail "
        "mailstatus newsletterstatus statutabonnement estadodesuscripcion statoiscrizione statusdainscricao "
        "personmarketingstatus marketingemailsstatus emailsubscriptionstatus emailsubscriberstatus"
    ),
    "bounced": (
        "bounced bounce emailbounced hardbounce hardbounced emailhardbouncereason hardbouncereason cleaned cleantime emailbouncedreason "
        "emailbounceddate isemailbounced bouncereason bouncedat emailungultig unzustellbar rebote rebotado rejete "
        "invalidemailaddress bounceddate globalbounce emailaddressinvalid"
    ),
    "created_at": (
        "createdat created createddate createdate creationdate dateadded addedon addtime datecreated createdon createtime "
        "personcreated leadcreated personpersoncreated erstelltam erstellt erstellungsdatum angelegtam anlagedatum "
        "datedecreation creele datecreation fechadecreacion fechacreacion creadoel datadicreazione creatoil datacreazione "
        "datadecriacao criadoem aangemaaktop aanmaakdatum optintime"
    ),
    "stage_date": (
        "stagedate dateofstage stagesince stageentered enteredstage datelaststagechange laststagechange stagechanged stagechangedat "
        "stagechangedon dateenteredcurrentstage stagelastchanged dateenteredstage leadstagedate statusdate statuschangedat phaseseit "
        "stufeseit phasendatum statusdatum datedeletape dateetape etapedepuis fechadeetapa fechaetapa fechadelestado datafase "
        "datadellafase datastato datadaetapa dataetapa fasedatum fasesinds"
    ),
    "sale_amount": (
        "sale saleamount salevalue saleprice amountsold wonamount wonvalue verkauf verkaufsbetrag verkaufssumme vente montantdelavente "
        "montantvente venta importedelaventa importeventa vendita importodellavendita importovendita venda valordavenda verkoop "
        "verkoopbedrag"
    ),
    "sale_currency": ("salecurrency verkaufswahrung devisedelavente monedadelaventa valutadellavendita moedadavenda verkoopvaluta"),
    "sale_date": (
        "saledate soldon dateofsale solddate datesold wondate datewon wontime dealwontime closedwondate verkaufsdatum verkauftam "
        "datedevente datedelavente fechadeventa fechaventa fechadelaventa datadivendita datavendita datadavenda datavenda verkoopdatum "
        "verkochtop"
    ),
    "sale_product": (
        "saleproduct soldproduct productsold product produkt verkauftesprodukt produit produitvendu producto productovendido prodotto "
        "prodottovenduto produto produtovendido verkochtproduct"
    ),
    "note_date": (
        "notedate noteon dateofnote notedat notizdatum datumdernotiz datedenote datedelanote fechadenota fechadelanota datanota "
        "datadellanota datadanota notitiedatum"
    ),
    "call": (
        "call callnote callnotes calls lastcall phonecall calllog anruf anrufe anrufnotiz telefonat telefonnotiz letzteranruf appel "
        "appels notedappel dernierappel llamada llamadas notadellamada chiamata chiamate notachiamata chamada chamadas ligacao "
        "ligacoes telefoongesprek belnotitie"
    ),
    "call_date": (
        "calldate callon calledat calledon dateofcall calltime lastcalldate anrufdatum anrufam angerufenam datedappel datedelappel "
        "fechadellamada fechallamada fechadelallamada datachiamata datadellachiamata datadachamada datachamada datadaligacao "
        "gespreksdatum beldatum gebeldop"
    ),
    "meeting": (
        "meeting meetingnote meetingnotes meetings lastmeeting termin termine besprechung besprechungsnotiz reunion rendezvous reuniao "
        "reunioes riunione riunioni incontro afspraak vergadering"
    ),
    "meeting_date": (
        "meetingdate meton dateofmeeting lastmeetingdate termindatum besprechungsdatum terminam datedereunion datedelareunion "
        "daterendezvous fechadereunion fechadelareunion datariunione datadellariunione datadareuniao datareuniao afspraakdatum"
    ),
    "touch": ("touch touchtype touchpoint kontaktpunkt pointdecontact puntodecontacto puntodicontatto pontodecontato contactmoment"),
    "touch_date": (
        "touchdate touchedat touchpointdate kontaktpunktdatum datedupointdecontact fechadelpuntodecontacto datadelpuntodicontatto "
        "datadopontodecontato contactmomentdatum"
    ),
    "inquiry": (
        "inquiry enquiry inquirymessage inquirytext requestmessage anfrage anfragetext demande demandedecontact consulta solicitud "
        "richiesta richiestadicontatto pedidodecontato aanvraag contactaanvraag"
    ),
    "inquiry_date": (
        "inquirydate inquiredat inquiredon dateofinquiry enquirydate anfragedatum datedelademande datedemande fechadeconsulta "
        "fechadesolicitud datarichiesta datadellarichiesta datadopedido dataconsulta datadaconsulta aanvraagdatum"
    ),
    "": "emaillabel emailtype phonelabel phonetype organizationlabel organizationtype memberrating leid euid",
}
"""By field; the empty field names columns that say nothing about a person."""
