// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {FixedMath, PPM, SIGNED_WAD} from "../libraries/FixedMath.sol";
import {Account, Health} from "../types/Account.sol";
import {Cover} from "../types/Cover.sol";
import {Ledger} from "../types/Ledger.sol";
import {MarketContext} from "../types/MarketContext.sol";
import {Change, Held} from "../types/Position.sol";
import {Action} from "../types/Price.sol";
import {SpotAsset} from "../types/SpotAsset.sol";
import {AccountLogic} from "./AccountLogic.sol";
import {CashLogic} from "./CashLogic.sol";
import {ClassLogic} from "./ClassLogic.sol";
import {HealthLogic} from "./HealthLogic.sol";
import {HedgeLogic} from "./HedgeLogic.sol";
import {MarketLogic} from "./MarketLogic.sol";
import {PositionLogic} from "./PositionLogic.sol";
import {ReachLogic} from "./ReachLogic.sol";

/// @title What the liquidation engine and the queue may do with positions and cash
/// @notice Mechanism section 7. No margin checks here: the waterfall decides, the ledger keeps the books.
library TransferLogic {
    using SafeCast for uint256;
    using CashLogic for Account;

    /// @notice An account has less settled cash than was to be moved; for spot, less that has matured. Quote, WAD.
    error InsufficientCash(uint32 account, int256 cash, uint256 amount);
    /// @notice The account still holds positions, so its loss is not final.
    error PositionsRemain(uint32 account, uint16 openMarkets);
    /// @notice A position too large to be swept as dust. Quote, WAD.
    error NotDust(uint32 account, uint8 market, uint256 notional, uint256 limit);
    /// @notice Spot is not sold to the account it belongs to.
    error SelfPurchase(uint32 account);
    /// @notice Spot is sold at a discount of at most its asset's. Parts per million.
    error DiscountTooLarge(uint8 asset, uint256 discount, uint256 limit);
    /// @notice A size of zero, or one beyond what `from` holds.
    error InvalidTransfer(uint32 from, uint8 market, int256 position, int256 size);

    /// @notice A position changed hands outside the book.
    /// @param size base, WAD, signed
    /// @param price quote per base, WAD
    /// @param cash quote moved with it, WAD
    event PositionTransferred(
        uint32 indexed from,
        uint32 indexed to,
        uint8 indexed market,
        int256 size,
        uint256 price,
        uint256 cash
    );
    /// @notice The engine or the fund moved cash, quote, WAD.
    event CashTransferred(uint32 indexed from, uint32 indexed to, uint256 amount);
    /// @notice A loss nobody was left to bear. Withdrawals are paid at assets / claims until fees have repaid it.
    event LossSocialised(uint32 indexed account, uint256 loss, uint256 total);
    /// @notice Spot and the cash paid for it changed places between two accounts; no token moved.
    /// @param amount asset, WAD
    /// @param paid quote, WAD, rounded up against the buyer
    event SpotSold(uint32 indexed account, uint32 indexed buyer, uint8 indexed asset, uint256 amount, uint256 paid);

    /// @notice See IClearingHouse.transferPosition.
    function transferPosition(
        Ledger storage ledger,
        uint32 from,
        uint32 to,
        uint8 market,
        int256 size,
        uint256 price,
        uint256 cash,
        bool chosen
    ) external {
        MarketContext memory context = MarketLogic.open(ledger, market, Action.LIQUIDATE);
        int256 held = PositionLogic.load(ledger, from, market, context.fundingIndex).size;
        bool within = size != 0 && (held > 0) == (size > 0) && FixedMath.abs(size) <= FixedMath.abs(held);
        if (!within || from == to) revert InvalidTransfer(from, market, held, size);
        _hand(ledger, context, from, to, size, price, chosen);
        MarketLogic.close(ledger, context);
        if (cash != 0) ledger.accounts[from].hand(ledger.accounts[to], cash);
        if (cash != 0) ReachLogic.trim(ledger, from);
        emit PositionTransferred(from, to, market, size, price, cash);
    }

    /// @notice See ClearingHouse.closeDust.
    function closeDust(Ledger storage ledger, uint32 account, uint8 market) external {
        // The treasury is not asked, so it takes over at nothing but a VALID mark.
        MarketContext memory context = MarketLogic.open(ledger, market, Action.DELEVERAGE);
        int256 size = PositionLogic.load(ledger, account, market, context.fundingIndex).size;
        uint32 treasury = ledger.feeSplit.treasuryAccount;
        AccountLogic.requireExists(ledger, treasury);
        if (size == 0 || account == treasury) revert InvalidTransfer(account, market, size, size);
        uint256 notional = FixedMath.wadUp(FixedMath.abs(size), context.price.mark);
        uint256 limit = uint256(context.minimumNotional) * 1e18;
        if (notional >= limit) revert NotDust(account, market, notional, limit);
        uint256 fee = FixedMath.divUp(notional * context.takerFee, PPM);
        _hand(ledger, context, account, treasury, size, context.price.mark, true);
        ledger.accounts[account].realise(-int256(fee), context.maturity);
        ledger.feesAccrued += fee.toUint128();
        MarketLogic.close(ledger, context);
        ReachLogic.trim(ledger, account);
        _requireNoDebt(ledger, account);
        emit PositionTransferred(account, treasury, market, size, context.price.mark, 0);
    }

    /// @notice See IClearingHouse.transferCash.
    function transferCash(Ledger storage ledger, uint32 from, uint32 to, uint256 amount) external {
        AccountLogic.requireExists(ledger, to);
        ReachLogic.settle(ledger, from);
        int256 cash = ledger.accounts[from].cash;
        if (cash < amount.toInt256()) revert InsufficientCash(from, cash, amount);
        ledger.accounts[from].hand(ledger.accounts[to], amount);
        ReachLogic.trim(ledger, from);
        emit CashTransferred(from, to, amount);
    }

    /// @notice See IClearingHouse.socialiseLoss.
    function socialiseLoss(Ledger storage ledger, uint32 account) external returns (uint256 loss) {
        // Without spot no price decides what an account owes that has nothing open.
        bool sold = ledger.accounts[account].spotAssets == 0;
        ReachLogic.settle(ledger, account);
        Health memory health = HealthLogic.measure(ledger, account, sold ? Action.LIQUIDATE : Action.DELEVERAGE);
        if (health.notional != 0) revert PositionsRemain(account, ledger.accounts[account].openMarkets);
        if (health.equity >= 0) return 0;
        loss = uint256(-health.equity);
        ledger.accounts[account].move(int256(loss));
        uint256 total = ledger.socialisedLoss + loss;
        ledger.socialisedLoss = total.toUint128();
        emit LossSocialised(account, loss, total);
    }

    /// @notice See IClearingHouse.sellSpot.
    function sellSpot(
        Ledger storage ledger,
        uint32 account,
        uint32 buyer,
        uint8 asset,
        uint256 amount,
        uint256 discount
    ) external returns (uint256 paid) {
        SpotAsset memory spot = ledger.spotAssets[asset];
        if (spot.token == address(0)) revert AccountLogic.UnknownAsset(asset);
        if (account == buyer) revert SelfPurchase(account);
        if (discount > spot.discount) revert DiscountTooLarge(asset, discount, spot.discount);
        uint256 index = ledger.markPrice.priceFor(spot.market, Action.LIQUIDATE).index;
        paid = FixedMath.divUp(FixedMath.wadUp(amount, index) * (PPM - discount), PPM);
        AccountLogic.debitSpot(ledger, account, asset, amount);
        AccountLogic.creditSpot(ledger, buyer, asset, amount);
        ledger.accounts[account].move(int256(paid));
        ReachLogic.settle(ledger, buyer);
        // Spot and the seller's cash may leave at once: profit that has not matured must not buy them.
        (int256 cash, uint256 locked) = ReachLogic.cashOf(ledger, buyer);
        cash -= int256(locked);
        if (cash < int256(paid)) revert InsufficientCash(buyer, cash, paid);
        ledger.accounts[buyer].move(-int256(paid));
        ClassLogic.afterSpotLeft(ledger, account, asset, spot);
        emit SpotSold(account, buyer, asset, amount, paid);
    }

    /// @notice Trades an account's position at a price against nobody in particular; the caller keeps the other side.
    /// @dev A buyer pays rounded up, a seller receives rounded down.
    /// @param chosen as in Change
    function trade(
        Ledger storage ledger,
        MarketContext memory context,
        uint32 account,
        int256 size,
        uint256 price,
        bool chosen
    ) internal {
        Held memory held = PositionLogic.load(ledger, account, context.market, context.fundingIndex);
        int256 quote = -_worthUp(size, price);
        (int256 newSize, int256 newQuote, int256 realised) = PositionLogic.traded(held, size, quote);
        uint8 class = newSize == 0 ? 0 : _class(ledger, context, account, newSize, newQuote, held.pending + realised);
        PositionLogic.store(ledger, context, account, Change(held, newSize, newQuote, realised, 0, 0, chosen, class));
    }

    /// @dev Only a liquidation, which settles it, closes a last position into debt.
    function _requireNoDebt(Ledger storage ledger, uint32 account) private view {
        Account storage data = ledger.accounts[account];
        if (data.cash >= 0 || data.spotAssets != 0) return;
        if (PositionLogic.heldMarkets(ledger, account, data.openMarkets) != 0) return;
        revert InsufficientCash(account, data.cash, 0);
    }

    function _hand(
        Ledger storage ledger,
        MarketContext memory context,
        uint32 from,
        uint32 to,
        int256 size,
        uint256 price,
        bool chosen
    ) private {
        trade(ledger, context, from, -size, price, chosen);
        trade(ledger, context, to, size, price, chosen);
    }

    /// @dev The class by the account's health as the trade leaves it.
    function _class(
        Ledger storage ledger,
        MarketContext memory context,
        uint32 account,
        int256 size,
        int256 quote,
        int256 gained
    ) private returns (uint8) {
        Health memory health = HealthLogic.measureOthers(ledger, account, context.market, Action.CANCEL);
        HealthLogic.addHeld(ledger, health, context, account, Held(size, quote, gained, 0, 0, 0));
        health.equity += health.cash;
        Cover memory cover = HedgeLogic.coverOf(ledger, account, context);
        return HealthLogic.classOf(ledger, context, cover, size, quote, health);
    }

    /// @dev size * price rounded towards plus infinity, signed.
    function _worthUp(int256 size, uint256 price) private pure returns (int256) {
        return -FixedMath.divDown(-size * int256(price), SIGNED_WAD);
    }
}
