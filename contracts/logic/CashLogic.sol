// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {FixedMath} from "../libraries/FixedMath.sol";
import {Account} from "../types/Account.sol";

/// @title Cash and maturing profit
/// @notice Mechanism section 6: realised profit matures linearly; losses eat maturing profit first.
library CashLogic {
    using SafeCast for int256;
    using SafeCast for uint256;

    /// @dev Maturing profit is kept in millionths of a quote unit to fit one slot with the cash.
    uint256 internal constant MATURING_SCALE = 1e12;

    /// @notice Credits or debits cash that is neither profit nor loss: deposits, transfers, fees paid out.
    function move(Account storage account, int256 amount) internal {
        account.cash = (int256(account.cash) + amount).toInt112();
    }

    /// @notice Books realised profit or loss, WAD. Profit starts to mature over `maturity` seconds; a loss eats maturing profit.
    function realise(Account storage account, int256 profit, uint256 maturity) internal {
        if (profit == 0) return;
        account.cash = (int256(account.cash) + profit).toInt112();
        uint256 maturing = maturingNow(account);
        if (profit < 0) {
            if (account.maturing != 0) _eat(account, maturing, uint256(-profit));
        } else if (maturity != 0) {
            _add(account, maturing, uint256(profit), maturity);
        }
    }

    /// @notice Moves cash between accounts without asking whether it has matured: what has not goes on maturing at the receiver for
    /// the time it had left, so that no payment is a way out for profit. Quote, WAD.
    function hand(Account storage from, Account storage to, uint256 amount) internal {
        uint256 maturing = maturingNow(from);
        move(from, -amount.toInt256());
        move(to, amount.toInt256());
        if (maturing == 0) return;
        uint256 left = from.cash > 0 ? uint256(int256(from.cash)) / MATURING_SCALE : 0;
        if (maturing <= left) return;
        uint256 handed = FixedMath.min(maturing - left, FixedMath.divUp(amount, MATURING_SCALE));
        from.maturing = (maturing - handed).toUint64();
        from.maturingSince = uint40(block.timestamp);
        _add(to, maturingNow(to), handed * MATURING_SCALE, from.maturesAt - block.timestamp);
    }

    /// @notice Profit not matured yet, in millionths of a quote unit, rounded up.
    function maturingNow(Account storage account) internal view returns (uint256) {
        uint256 total = account.maturing;
        if (total == 0 || block.timestamp >= account.maturesAt) return 0;
        uint256 left = account.maturesAt - block.timestamp;
        return FixedMath.divUp(total * left, account.maturesAt - account.maturingSince);
    }

    /// @notice Profit not matured yet, quote, WAD, rounded up.
    function maturingWad(Account storage account) internal view returns (uint256) {
        return maturingNow(account) * MATURING_SCALE;
    }

    /// @dev What was maturing and what is new mature together, over the average of what each had left, weighted by amount and
    /// rounded towards what was left before: dust of profit, which anyone's poke may realise, moves it neither way.
    function _add(Account storage account, uint256 maturing, uint256 profit, uint256 maturity) private {
        uint256 added = FixedMath.divUp(profit, MATURING_SCALE);
        uint256 left = maturing == 0 ? 0 : account.maturesAt - block.timestamp;
        uint256 total = maturing + added;
        account.maturing = total.toUint64();
        account.maturingSince = uint40(block.timestamp);
        uint256 weighted = maturing * left + added * maturity;
        uint256 wait = maturity < left ? FixedMath.divUp(weighted, total) : weighted / total;
        account.maturesAt = uint40(block.timestamp + wait);
    }

    function _eat(Account storage account, uint256 maturing, uint256 loss) private {
        uint256 eaten = FixedMath.min(maturing, loss / MATURING_SCALE);
        account.maturing = (maturing - eaten).toUint64();
        account.maturingSince = uint40(block.timestamp);
    }
}
