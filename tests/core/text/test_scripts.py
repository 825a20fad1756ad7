import pytest

from core.text.scripts import is_written_in

TELLS = {
    "en": "A method for long documents that needs no new training and is faster than others.",
    "de": "Eine Methode für lange Dokumente, die kein erneutes Training braucht und schneller ist.",
    "nl": "Een methode voor lange documenten die geen nieuwe training nodig heeft.",
    "fr": "Une méthode pour les longs documents, sans nouvel entraînement, et plus rapide que les autres.",
    "es": "Un método para documentos largos que no necesita reentrenamiento y es más rápido.",
    "pt": "Um método para documentos longos que não precisa de novo treinamento e é mais rápido.",
    "it": "Un metodo per documenti lunghi che non richiede un nuovo addestramento ed è più rapido.",
    "ro": "O metodă pentru documente lungi care nu necesită reantrenare și este mai rapidă.",
    "sv": "En metod för långa dokument som inte kräver ny träning och är snabbare än andra.",
    "fi": "Malli on nopea ja se ei vaadi uudelleenkoulutusta.",
    "pl": "Metoda dla długich dokumentów, która nie wymaga ponownego treningu i jest szybsza.",
    "cs": "Metoda pro dlouhé dokumenty, která nevyžaduje nové trénování a je rychlejší než jiné.",
    "hu": "A módszer hosszú dokumentumokhoz való, és nem igényel újratanítást.",
    "tr": "Uzun belgeler için yeniden eğitim gerektirmeyen ve daha hızlı olan bir yöntem.",
    "id": "Metode untuk dokumen panjang yang tidak memerlukan pelatihan ulang.",
    "vi": "Một phương pháp cho tài liệu dài mà không cần huấn luyện lại.",
    "zh": "提出ISAC-over-NTN架构，结合UAV和HAPS平台，在灾后场景中同时实现可靠通信和用户检测。",
    "zh-Hant": "該模型在三個公開基準上將誤差降低了三分之一。",
    "ja": "再学習を必要としない、長い文書向けの疎なアテンション手法。",
    "ko": "재학습이 필요 없는 긴 문서용 희소 어텐션 방법.",
    "ru": "Метод внимания для длинных документов, не требующий переобучения, быстрый.",
    "uk": "Метод уваги для довгих документів, який не потребує перенавчання.",
    "el": "Μια μέθοδος για μεγάλα έγγραφα χωρίς νέα εκπαίδευση.",
    "ar": "طريقة انتباه متناثر للمستندات الطويلة لا تحتاج إلى إعادة تدريب.",
    "fa": "روشی برای توجه تنک در اسناد طولانی که نیازی به آموزش دوباره ندارد.",
    "he": "שיטת קשב דליל למסמכים ארוכים שאינה דורשת אימון מחדש.",
    "hi": "लंबे दस्तावेज़ों के लिए विरल ध्यान की विधि जिसे फिर से प्रशिक्षण की आवश्यकता नहीं है।",
    "th": "แบบจำลองลดข้อผิดพลาดลงหนึ่งในสามในชุดข้อมูลสาธารณะสามชุด",
}
#: not told apart by a sentence without a word that only one of them has
ALIKE = ({"es", "pt"}, {"pl", "cs"}, {"pt", "pl"})


@pytest.mark.parametrize("language", TELLS)
def test_a_sentence_is_in_its_language(language: str) -> None:
    """No sentence is said to be in another language than its own, however many English terms it has."""
    assert is_written_in(TELLS[language], language) is True


@pytest.mark.parametrize("language", TELLS)
def test_a_sentence_is_in_no_other_language(language: str) -> None:
    """A sentence is not taken for one of another language."""
    taken = {
        other
        for other, text in TELLS.items()
        if other != language and {language, other} not in ALIKE and is_written_in(text, language)
    }
    assert not taken


@pytest.mark.parametrize("asked", [language for language in TELLS if language != "en"])
def test_english_in_the_place_of_a_language(asked: str) -> None:
    """The commonest mistake of a model, English, is always noticed."""
    assert is_written_in(TELLS["en"], asked) is False


def test_what_does_not_tell_its_language() -> None:
    """Names, numbers and nothing are in no language that could be told; a tag with a region is its language."""
    for text in ("", "42", "BERT", "GPT-4, LLaMA"):
        assert is_written_in(text, "de") is None
    assert is_written_in(TELLS["de"], "de-AT")
    assert is_written_in(TELLS["en"], "is") is False


def test_two_ways_of_writing_chinese() -> None:
    """Simplified and traditional characters are told apart where several show it."""
    assert is_written_in(TELLS["zh-Hant"], "zh") is False
    assert is_written_in(TELLS["zh"], "zh-Hant") is False
    assert is_written_in("中文", "zh")
