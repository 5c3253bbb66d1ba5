"""What people shorten into the words that it stands for, spelled out."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# Spelled-out form of what people shorten. One abbreviation may stand for several words.
_ABBREVIATED = """
    addr=address adr=address addrs=address adrs=address addy=address eml=email emailaddr=email ph=phone
    phn=phone phno=phone_number telno=phone_number telnr=phone_number tlf=phone tf=phone mob=mobile
    mobileno=mobile hm=home wk=work wrk=work ofc=office fname=first_name lname=last_name
    mname=middle_name fst=first lst=last mid=middle frst=first firstnm=first_name lastnm=last_name
    fn=first_name ln=last_name sname=surname nm=name nme=name nbr=number num=number nr=number no=number
    nro=number nummer=number numero=number nmr=number numer=number dt=date dte=date dta=date fec=fecha
    fch=fecha dat=date bday=birthday birthdt=birth_date bdate=birth_date brth=birth nac=nacimiento
    nasc=nascimento gebdat=geburtsdatum geb=geburt gebdatum=geburtsdatum cust=customer custs=customer
    emp=employee empl=employee usr=user pat=patient stu=student org=organization dept=department
    comp=company co=company mgr=manager acct=account acc=account pwd=password passwd=password
    pword=password passw=password pswd=password pass=password psw=password pw=password pswrd=password
    tok=token cred=credential creds=credential cc=card crd=card cred_card=card cvv2=cvv desc=description
    descr=description dsc=description msg=message txt=text cmt=comment cmnt=comment rmk=remark
    rmks=remark st=street strt=street ave=avenue apt=apartment cty=city ctry=country cntry=country
    prov=province zipcd=zip zipcode=zip postcode=postcode pcode=postcode pincode=pin_code lat=latitude
    lng=longitude lon=longitude gndr=gender sx=sex natl=national ident=identity tp=tipo cd=code cod=code
    ref=reference qty=quantity amt=amount bal=balance sal=salary lic=license lice=license
    licence=license dri=driver drv=driver dl=driver_license rel=relationship med=medical diag=diagnosis
    rx=prescription img=image pic=picture exp=expiry expiration=expiry expires=expiry iss=issued yr=year
    mo=month yrs=year ts=timestamp tmstmp=timestamp src=source dest=destination authn=authentication
    authz=authorization grp=group subj=subject civ=civilite plate=license_plate vname=vorname
    nname=nachname emerg=emergency pt=patient ptnt=patient naiss=naissance sang=sanguin guar=guarantor
    benef=beneficiary hiredt=hire_date termdt=termination_date startdt=start_date lnm=last_name
    fnm=first_name addrss=address strasz=strasse pcp=doctor cus=customer temp=temporary tmp=temporary
    fk=fk pk=pk seq=sequence nais=naissance flg=flag cde=code pst=post twn=town sts=status yn=flag
    anr=anrede pren=prenom
    nachn=nachname vorn=vorname mgl=mitglied mitgl=mitglied rek=rekening kd=kunde kto=konto pers=person
    smkr=smoker occ=occupation agt=agent cus=customer clt=client cli=cliente pac=paciente paz=paziente
    alu=alumno trab=trabajador emplo=employee eth=ethnicity cnee=consignee shpr=shipper
    sig=signature compl=complemento receb=recebedor
    scad=scadenza tess=tessera matr=matricola pgto=pagamento pagto=pagamento wohn=home
    hosp=hospitalisation adress=address
    """
ABBREVIATIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {short: tuple(long.split("_")) for short, long in (entry.split("=") for entry in _ABBREVIATED.split())}
)
