// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {ILiquidationEngine} from "../interfaces/ILiquidationEngine.sol";
import {FixedMath, PPM, WAD} from "../libraries/FixedMath.sol";
import {Health} from "../types/Account.sol";
import {MarketConfig} from "../types/Market.sol";
import {Action} from "../types/Price.sol";
import {Liquidatability} from "./Liquidatability.sol";

/// @title Both legs of a hedge, unwound in one call
/// @notice Mechanism sections 4 and 7. Closing the short of a covered account on the book would leave its spot naked and cost it the
/// haircut; selling the spot would leave the short naked. So the covered part of a short goes only together with the spot behind it,
/// to a buyer that pays for the spot below the index and takes the short over at mark. Whoever wants neither leg sells both in the
/// same transaction, with borrowed money if need be.
abstract contract HedgeUnwinding is Liquidatability {
    /// @inheritdoc ILiquidationEngine
    function unwindHedge(
        uint32 account,
        uint32 buyer,
        uint8 market,
        uint256 amount
    ) external returns (uint256 unwound, uint256 paid) {
        if (buyer == account || !LEDGER.mayTrade(buyer, msg.sender)) revert InvalidBuyer(buyer, msg.sender);
        IClearingHouse.Examination memory found = LEDGER.examine(account, market, Action.LIQUIDATE);
        Health memory health = found.health;
        // A deficit is the waterfall's to settle: whoever took the position away first would take the winners' charge with it.
        if (health.equity > 0) unwound = FixedMath.min(amount, found.covered);
        MarketConfig memory config = LEDGER.marketConfig(market);
        uint8 asset = unwound == 0 ? 0 : config.spotAsset - 1;
        uint256 discount;
        if (unwound != 0 && !LEDGER.mayTrade(account, msg.sender)) {
            _requireLiquidatable(account, market, found);
            uint256 needed;
            (discount, needed) = _terms(found, _hedgedRate(config), LEDGER.spotAsset(asset).discount);
            unwound = FixedMath.min(unwound, needed);
        }
        if (unwound == 0) revert NoHedge(account, market, found.covered, health.equity);
        LEDGER.releaseAll(account, market, address(this));
        LEDGER.transferPosition(account, buyer, market, -int256(unwound), found.price.mark, 0, true);
        paid = LEDGER.sellSpot(account, buyer, asset, unwound, discount);
        health = LEDGER.healthFor(buyer, Action.OPEN);
        if (health.equity < int256(health.initialMargin)) {
            revert BuyerUndermargined(buyer, health.equity, health.initialMargin);
        }
        emit HedgeUnwound(account, buyer, market, unwound, paid);
    }

    /// @dev The buyer gets at most half of the equity that stands behind what it unwinds, so the margin ratio of the rest rises (P10),
    /// and at most the asset's discount. What is needed brings the account to its buffer.
    /// @return discount parts per million of the index, rounded down
    /// @return needed base, WAD, rounded up
    function _terms(
        IClearingHouse.Examination memory found,
        uint256 rate,
        uint256 most
    ) private view returns (uint256 discount, uint256 needed) {
        uint256 equity = uint256(found.health.equity);
        uint256 maintenance = found.health.maintenanceMargin;
        uint256 margin = FixedMath.wadDown(found.price.mark, rate);
        discount = (equity * margin * PPM) / (2 * maintenance * found.price.index);
        discount = FixedMath.min(discount, most);
        uint256 buffered = PPM + _parameters.buffer;
        uint256 target = FixedMath.divUp(maintenance * buffered, PPM);
        uint256 gain = (margin * buffered - found.price.index * discount) / PPM;
        needed = equity >= target ? 0 : FixedMath.divUp((target - equity) * WAD, gain);
    }
}
